namespace TaskQueue.Hosting;

/// <summary>Bounds how many lines, and how long ones, one source may write into the log in a second, so that it buries nobody else's.</summary>
/// <remarks>May be asked from several threads.</remarks>
/// <param name="linesPerSecond">The most lines in a second.</param>
/// <param name="time">The clock.</param>
/// <param name="charactersPerSecond">The characters in a second after which no further line is begun.</param>
public sealed class LineAllowance(int linesPerSecond, TimeProvider time, int charactersPerSecond = int.MaxValue)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private long _windowStart = time.GetTimestamp();
    private int _written;
    private long _characters;
    private long _dropped;

    /// <summary>The most lines in a second.</summary>
    public int LinesPerSecond => linesPerSecond;

    /// <summary>Whether a line would be refused at the moment.</summary>
    public bool IsUsedUp
    {
        get
        {
            lock (_gate)
            {
                return IsFull && time.GetElapsedTime(_windowStart) < Window;
            }
        }
    }

    private bool IsFull => _written == linesPerSecond || _characters >= charactersPerSecond;

    /// <summary>Asks to write a line.</summary>
    /// <param name="droppedBefore">How many lines were refused in the window before, for the first that asks in a new one; else 0.</param>
    /// <param name="length">The characters of the line, where they count.</param>
    /// <returns>Whether the line may be written.</returns>
    public bool TryTake(out long droppedBefore, int length = 0)
    {
        lock (_gate)
        {
            droppedBefore = 0;
            if (time.GetElapsedTime(_windowStart) >= Window)
            {
                (droppedBefore, _dropped, _written, _characters) = (_dropped, 0, 0, 0);
                _windowStart = time.GetTimestamp();
            }

            if (IsFull)
            {
                _dropped++;
                return false;
            }

            _written++;
            _characters += length;
            return true;
        }
    }
}
