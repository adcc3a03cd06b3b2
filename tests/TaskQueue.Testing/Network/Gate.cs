namespace TaskQueue.Testing;

/// <summary>Lets everybody through, or makes them wait until it opens.</summary>
public sealed class Gate
{
    private TaskCompletionSource? _closed;

    /// <summary>Makes everybody wait who comes from now on.</summary>
    public void Close() => Interlocked.CompareExchange(ref _closed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    /// <summary>Lets those through who wait, and everybody who comes.</summary>
    public void Open() => Interlocked.Exchange(ref _closed, null)?.SetResult();

    /// <summary>Goes through.</summary>
    /// <returns>A task that completes on the other side.</returns>
    public Task PassAsync() => Volatile.Read(ref _closed)?.Task ?? Task.CompletedTask;
}
