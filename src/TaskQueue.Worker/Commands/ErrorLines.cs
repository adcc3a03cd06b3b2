using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Worker.Output;

namespace TaskQueue.Worker.Commands;

/// <summary>Standard error of a command: each line goes to the log, and the last ones are kept for those who ask why it failed.</summary>
internal sealed class ErrorLines
{
    private const int BufferBytes = 4096, MaxKept = 50;

    private readonly TaskOutput _output;
    private readonly LineBuffer _lines;
    private readonly Queue<string> _kept = new();

    public ErrorLines(TaskOutput output)
    {
        _output = output;
        _lines = new LineBuffer(OnLine);
    }

    /// <summary>The last lines.</summary>
    public string Last => string.Join('\n', _kept);

    /// <summary>The very last line that says something.</summary>
    public string? LastWords => _kept.LastOrDefault(line => !string.IsNullOrWhiteSpace(line));

    /// <summary>Reads to the end, or until it is <paramref name="over"/>.</summary>
    public async Task ReadAsync(Stream pipe, CancellationToken over)
    {
        var bytes = new byte[BufferBytes];
        var characters = new char[BufferBytes + 1];
        var decoder = Encoding.UTF8.GetDecoder();
        try
        {
            int read;
            while ((read = await pipe.ReadAsync(bytes, over)) > 0)
            {
                _lines.Append(characters.AsSpan(0, decoder.GetChars(bytes.AsSpan(0, read), characters, flush: false)));
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Somebody else holds the pipe, and will not let go of it.
        }

        _lines.Flush();
    }

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
