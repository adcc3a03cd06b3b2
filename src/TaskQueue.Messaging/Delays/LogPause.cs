namespace TaskQueue.Messaging.Delays;

/// <summary>Keeps one kind of log line down to one now and then, and counts what was left out.</summary>
internal sealed class LogPause(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // Protects the two below: deliveries and detours log side by side.
    private readonly Lock _lock = new();
    private long? _last;
    private int _leftOut;

    /// <summary>Whether to write a line now.</summary>
    /// <param name="more">How many were not written since the last one.</param>
    public bool MayWrite(out int more)
    {
        lock (_lock)
        {
            more = _leftOut;
            if (_last is { } last && time.GetElapsedTime(last) < Pause)
            {
                _leftOut++;
                return false;
            }

            _last = time.GetTimestamp();
            _leftOut = 0;
            return true;
        }
    }
}
