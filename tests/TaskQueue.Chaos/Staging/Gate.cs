namespace TaskQueue.Chaos.Staging;

/// <summary>Lets whoever comes through, or makes them wait until it opens.</summary>
internal sealed class Gate
{
    private volatile TaskCompletionSource? _closed;

    public void Close() => _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => Interlocked.Exchange(ref _closed, null)?.SetResult();

    public Task PassAsync(CancellationToken cancellationToken) => _closed?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
}
