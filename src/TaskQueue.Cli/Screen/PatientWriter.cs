using System.Text;

namespace TaskQueue.Cli.Screen;

/// <summary>Standard error, which keeps what it is given while something fills the terminal, and writes the end of it afterwards.</summary>
/// <param name="output">Where it goes.</param>
internal sealed class PatientWriter(TextWriter output) : TextWriter
{
    // The end of it: what was wrong for an hour was said over and over.
    private const int MostKept = 4000;

    // Protects the fields below it, and the order of what is written.
    private readonly Lock _gate = new();
    private readonly StringBuilder _kept = new();
    private bool _isHeld;

    public override Encoding Encoding => output.Encoding;

    /// <summary>Keeps what comes.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _isHeld = true;
        }
    }

    /// <summary>Writes what was kept, and what comes, at once.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _isHeld = false;
            var text = _kept.ToString();
            _kept.Clear();

            // From the beginning of a line.
            output.Write(text.Length <= MostKept ? text : text[(text.IndexOf('\n', text.Length - MostKept) + 1)..]);
            output.Flush();
        }
    }

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value) => Write((value + NewLine).AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            if (!_isHeld)
            {
                output.Write(buffer);
                return;
            }

            _kept.Append(buffer);
            if (_kept.Length > 2 * MostKept)
            {
                _kept.Remove(0, _kept.Length - MostKept);
            }
        }
    }

    public override void Flush() => output.Flush();
}
