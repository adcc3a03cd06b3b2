namespace TaskQueue.WorkerProtocol;

/// <summary>The memory that large frames may take while they are received, over all channels of a process.</summary>
/// <remarks>
/// A channel asks for the whole frame when it knows its length, and reads no further until it is given that. So two channels never wait
/// for each other with half a frame each. What is announced and does not come holds its share for <see cref="ArrivalTime"/> at most. Thread-safe.
/// </remarks>
/// <param name="bytes">How much. A single frame that is larger is let in when no other is being received.</param>
/// <param name="time">The clock.</param>
public sealed class FrameBudget(long bytes, TimeProvider time)
{
    /// <summary>How long a large frame may take from when it may be read until it is complete.</summary>
    public static readonly TimeSpan ArrivalTime = TimeSpan.FromSeconds(30);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private readonly Queue<(int Bytes, TaskCompletionSource Granted)> _line = new();
    private long _taken;

    /// <summary>How much is taken at the moment.</summary>
    public long Taken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    /// <summary>Takes a share, in the order of asking.</summary>
    /// <param name="size">The bytes of the frame.</param>
    internal async ValueTask<Share> TakeAsync(int size)
    {
        TaskCompletionSource? granted = null;
        lock (_gate)
        {
            if (_line.Count == 0 && Fits(size))
            {
                _taken += size;
            }
            else
            {
                granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _line.Enqueue((size, granted));
            }
        }

        if (granted is not null)
        {
            await granted.Task;
        }

        return new Share(this, size, new CancellationTokenSource(ArrivalTime, time));
    }

    private bool Fits(int size) => _taken == 0 || _taken + size <= bytes;

    private void GiveBack(int size)
    {
        lock (_gate)
        {
            _taken -= size;
            while (_line.TryPeek(out var next) && Fits(next.Bytes))
            {
                _line.Dequeue();
                _taken += next.Bytes;
                next.Granted.SetResult();
            }
        }
    }

    /// <summary>What one channel has of the budget, until it is disposed of.</summary>
    internal sealed class Share(FrameBudget budget, int size, CancellationTokenSource late) : IDisposable
    {
        /// <summary>Fires when the frame should have been complete.</summary>
        public CancellationToken Late => late.Token;

        /// <summary>The bytes of the frame.</summary>
        public int Size => size;

        public void Dispose()
        {
            late.Dispose();
            budget.GiveBack(size);
        }
    }
}
