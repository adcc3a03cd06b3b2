using System.Text;

namespace TaskQueue.Worker.Output;

/// <summary>Puts lines together from what is printed bit by bit, with bounded memory: a longer line is cut, its rest skipped.</summary>
/// <param name="emit">Takes each line.</param>
internal sealed class LineBuffer(Action<string> emit)
{
    /// <summary>The most characters of a line, as many as the pool takes from standard error.</summary>
    public const int MaxLineLength = 8 * 1024;

    private const string Cut = " [cut]";

    // Protects the fields below it; a task's end flushes what another of its threads may be printing.
    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();
    private bool _isCut;

    public void Append(ReadOnlySpan<char> text)
    {
        lock (_gate)
        {
            while (!text.IsEmpty)
            {
                var end = text.IndexOf('\n');
                var part = end < 0 ? text : text[..end];
                var room = MaxLineLength - _line.Length;
                _isCut |= part.Length > room;
                _line.Append(part[..Math.Min(part.Length, room)]);
                if (end < 0)
                {
                    return;
                }

                Emit();
                text = text[(end + 1)..];
            }
        }
    }

    /// <summary>Emits a line that has no end yet.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_line.Length > 0)
            {
                Emit();
            }
        }
    }

    private void Emit()
    {
        var line = _line.ToString().TrimEnd('\r') + (_isCut ? Cut : "");
        _line.Clear();
        _isCut = false;
        emit(line);
    }
}
