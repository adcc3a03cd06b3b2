using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Output;

namespace TaskQueue.Worker.Commands;

/// <summary>Standard error of a command: each line goes to the log, and the last ones are kept for those who ask why it failed.</summary>
internal sealed class ErrorLines
{
    private const int BufferBytes = 4096, MaxKept = 50;

    private readonly TaskOutput _output;
    private readonly LineBuffer _lines;
    private readonly Queue<string> _kept = new();
    private readonly byte[] _bytes = new byte[BufferBytes];
    private readonly char[] _characters = new char[BufferBytes + 1];
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    public ErrorLines(TaskOutput output)
    {
        _output = output;
        _lines = new LineBuffer(OnLine);
    }

    /// <summary>The last lines.</summary>
    public string Last => string.Join('\n', _kept);

    /// <summary>The very last line that says something.</summary>
    public string? LastWords => _kept.LastOrDefault(line => !string.IsNullOrWhiteSpace(line));

    /// <summary>Reads what there is.</summary>
    /// <returns>Whether more may come.</returns>
    public bool Read(ParentEnd pipe)
    {
        var read = pipe.Read(_bytes);
        _lines.Append(_characters.AsSpan(0, _decoder.GetChars(_bytes.AsSpan(0, read), _characters, flush: false)));
        return read > 0;
    }

    /// <summary>Takes what has no line end for a line.</summary>
    public void Flush() => _lines.Flush();

    private void OnLine(string line)
    {
        if (_kept.Count == MaxKept)
        {
            _kept.Dequeue();
        }

        _kept.Enqueue(line);
        _output.Write(LogLevel.Information, line);
    }
}
