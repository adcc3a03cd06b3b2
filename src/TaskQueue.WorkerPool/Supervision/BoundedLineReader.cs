using System.Text;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Reads a stream line by line with bounded memory: a longer line is cut, its rest skipped.</summary>
internal static class BoundedLineReader
{
    /// <summary>The most characters of a line.</summary>
    public const int MaxLineLength = 8 * 1024;

    private const string Cut = " [cut]";

    public static async IAsyncEnumerable<string> ReadLinesAsync(TextReader reader)
    {
        var buffer = new char[4096];
        var line = new StringBuilder();
        var isCut = false;
        int read;
        while ((read = await reader.ReadAsync(buffer.AsMemory())) > 0)
        {
            for (var start = 0; start < read;)
            {
                var end = Array.IndexOf(buffer, '\n', start, read - start);
                var length = (end < 0 ? read : end) - start;
                var room = MaxLineLength - line.Length;
                isCut |= length > room;
                line.Append(buffer, start, Math.Min(length, room));
                start += length + 1;
                if (end >= 0)
                {
                    yield return Take();
                }
            }
        }

        if (line.Length > 0)
        {
            yield return Take();
        }

        string Take()
        {
            var text = line.ToString().TrimEnd('\r') + (isCut ? Cut : "");
            line.Clear();
            isCut = false;
            return text;
        }
    }
}
