using System.Globalization;

namespace TaskQueue.Testing;

/// <summary>What the kernel tells of a process: proc(5).</summary>
public static class ProcessFacts
{
    /// <summary>The worker processes of a pool.</summary>
    public static IReadOnlyList<int> WorkersOf(int poolPid) =>
        [.. AllPids().Where(pid => Status(pid, "PPid") == Text(poolPid) && IsWorker(pid))];

    /// <summary>The processes that a process has started.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent) => [.. AllPids().Where(pid => Status(pid, "PPid") == Text(parent))];

    /// <summary>The processes that have a variable in their environment, such as <c>NAME=value</c>.</summary>
    public static IReadOnlyList<int> WithVariable(string variable) =>
        [.. AllPids().Where(pid => Environment(pid).Split('\n').Contains(variable, StringComparer.Ordinal))];

    public static bool Exists(int pid) => Status(pid, "State") is { } state && !state.StartsWith('Z');

    /// <summary>A line of <c>/proc/PID/status</c>, or <see langword="null"/> when the process is gone.</summary>
    public static string? Status(int pid, string key)
    {
        var line = Lines(pid, "status").FirstOrDefault(line => line.StartsWith(key + ":", StringComparison.Ordinal));
        return line?[(key.Length + 1)..].Trim();
    }

    public static string Environment(int pid) => string.Join('\n', Lines(pid, "environ")).Replace('\0', '\n');

    public static string CommandLine(int pid) => string.Join('\n', Lines(pid, "cmdline")).Replace('\0', ' ').Trim();

    /// <summary>Memory with shared pages divided among those who share them, in bytes.</summary>
    public static long ProportionalBytes(int pid) =>
        1024 * long.Parse(
            Lines(pid, "smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal))["Pss:".Length..].Replace("kB", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture);

    /// <summary>Processor time so far.</summary>
    public static TimeSpan ProcessorTime(int pid)
    {
        const double TicksPerSecond = 100;
        var fields = Lines(pid, "stat").First().Split(' ');
        return TimeSpan.FromSeconds((double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    // The chain of programs that starts a worker has the pool as its parent, too, for some milliseconds.
    private static bool IsWorker(int pid) => CommandLine(pid).EndsWith("taskqueue-worker", StringComparison.Ordinal) && !CommandLine(pid).Contains(' ', StringComparison.Ordinal);

    private static IEnumerable<int> AllPids() =>
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static string[] Lines(int pid, string file)
    {
        try
        {
            return File.ReadAllLines($"/proc/{Text(pid)}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
