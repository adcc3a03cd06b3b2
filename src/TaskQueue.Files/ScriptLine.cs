using System.Text;

namespace TaskQueue.Files;

/// <summary>The first line of a script, which names the program that runs it.</summary>
/// <param name="Interpreter">The path of that program.</param>
/// <param name="HasWindowsEnd">Whether the line ends as on Windows: the kernel takes the carriage return for a part of it.</param>
public sealed record ScriptLine(string Interpreter, bool HasWindowsEnd)
{
    // The most that the kernel reads of the line, BINPRM_BUF_SIZE.
    private const int MaxBytes = 256;

    /// <summary>Reads it.</summary>
    /// <returns><see langword="null"/> when the file is no script, or may be executed and not read.</returns>
    public static ScriptLine? Of(string path)
    {
        Span<byte> start = stackalloc byte[MaxBytes];
        try
        {
            using var file = RegularFile.Open(path, long.MaxValue);
            start = start[..RandomAccess.Read(file, start, fileOffset: 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (!start.StartsWith("#!"u8))
        {
            return null;
        }

        var lineEnd = start.IndexOf((byte)'\n');
        var line = (lineEnd < 0 ? start[2..] : start[2..lineEnd]).TrimStart(" \t"u8);
        var hasWindowsEnd = line.EndsWith("\r"u8);
        line = hasWindowsEnd ? line[..^1] : line;
        var end = line.IndexOfAny(" \t"u8);
        return new ScriptLine(Encoding.UTF8.GetString(end < 0 ? line : line[..end]), hasWindowsEnd);
    }
}
