namespace TaskQueue.Hosting;

/// <summary>Bounds how many lines one source may write into the log in a second, so that it buries nobody else's.</summary>
/// <remarks>May be asked from several threads.</remarks>
/// <param name="linesPerSecond">The most lines in a second.</param>
/// <param name="time">The clock.</param>
public sealed class LineAllowance(int linesPerSecond, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private long _windowStart = time.GetTimestamp();
    private int _written;
    private long _dropped;

    /// <summary>The most lines in a second.</summary>
    public int LinesPerSecond => linesPerSecond;

    /// <summary>Asks to write a line.</summary>
    /// <param name="droppedBefore">How many lines were refused in the window before, for the first that asks in a new one; else 0.</param>
    /// <returns>Whether the line may be written.</returns>
    public bool TryTake(out long droppedBefore)
    {
        lock (_gate)
        {
            droppedBefore = 0;
            if (time.GetElapsedTime(_windowStart) >= Window)
            {
                (droppedBefore, _dropped, _written) = (_dropped, 0, 0);
                _windowStart = time.GetTimestamp();
            }

            if (_written == linesPerSecond)
            {
                _dropped++;
                return false;
            }

            _written++;
            return true;
        }
    }
}
