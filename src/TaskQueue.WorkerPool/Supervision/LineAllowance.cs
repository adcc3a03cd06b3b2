namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Bounds what one worker may write into the log, so that a plugin that prints without end buries nobody else's lines.</summary>
internal sealed class LineAllowance(TimeProvider time)
{
    /// <summary>The most lines of one worker in a second.</summary>
    public const int LinesPerSecond = 1000;

    private long _windowStart = time.GetTimestamp();
    private int _written;
    private long _dropped;

    /// <summary>Asks to write a line.</summary>
    /// <param name="droppedBefore">How many lines were refused since the last time a window began; to be told once.</param>
    /// <returns>Whether the line may be written.</returns>
    public bool TryTake(out long droppedBefore)
    {
        droppedBefore = 0;
        if (time.GetElapsedTime(_windowStart) >= TimeSpan.FromSeconds(1))
        {
            (droppedBefore, _dropped, _written) = (_dropped, 0, 0);
            _windowStart = time.GetTimestamp();
        }

        if (_written == LinesPerSecond)
        {
            _dropped++;
            return false;
        }

        _written++;
        return true;
    }
}
