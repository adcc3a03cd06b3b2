using System.Globalization;

namespace TaskQueue.Files;

/// <summary>Files that the kernel makes up when they are read: those of <c>/proc</c>, proc(5), and of control groups, cgroups(7).</summary>
public static class KernelFile
{
    private const int Kibi = 1024;

    /// <summary>The lines of a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Nothing where there is no such file, or no more, or it may not be read: then the kernel tells nothing.</returns>
    public static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>An amount of memory, as <c>/proc/PID/status</c> and <c>/proc/meminfo</c> tell it: <c>VmHWM:      2048 kB</c>.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="key">What the line begins with, without the colon.</param>
    /// <returns>The amount in bytes, or <see langword="null"/> where the kernel does not tell.</returns>
    public static long? Bytes(string path, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var prefix = $"{key}:";
        return Lines(path).FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal)) is { } line
            && long.TryParse(line.AsSpan(prefix.Length).Trim().TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var kibi)
                ? kibi * Kibi
                : null;
    }
}
