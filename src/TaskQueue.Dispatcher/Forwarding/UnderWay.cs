namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>Counts the messages that are taken and not settled, so that stopping can wait for the last of them.</summary>
/// <remarks>May be used from several threads.</remarks>
internal sealed class UnderWay
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One is nobody's message: draining ends it, so that the count cannot reach 0 before.
    private int _count = 1;
    private int _draining;

    /// <summary>A message was taken.</summary>
    public void Begin() => Interlocked.Increment(ref _count);

    /// <summary>A message is settled, or its delivery goes back by itself.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Waits for the end of every message. No further one may begin.</summary>
    public Task DrainAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _draining, 1) == 0)
        {
            End();
        }

        return _drained.Task.WaitAsync(cancellationToken);
    }
}
