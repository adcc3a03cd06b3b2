using System.Globalization;
using TaskQueue.Chaos.Staging;
using TaskQueue.Testing;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>How a service bears what it gets: its process, its memory and its log.</summary>
internal sealed class Vitals(Service service)
{
    // Memory of a .NET process is given back by and by; this much above the beginning is what a process that has worked keeps.
    private const long NormalBytes = 200L * 1024 * 1024;

    private const int MostLinesPerSecond = 100, LongestLine = 300;

    private readonly int _pid = service.Pid;
    private readonly int _linesBefore = LinesOf(service);
    private long _highest;

    /// <summary>Resident memory when this was made, in bytes.</summary>
    public long Before { get; } = RssOf(service.Pid);

    /// <summary>The most that was seen.</summary>
    public long Highest => _highest;

    /// <summary>Whether its memory is back to normal, or was never above.</summary>
    public bool IsCalm => Look() <= Before + NormalBytes;

    /// <summary>Looks at its memory.</summary>
    /// <returns>It, in bytes.</returns>
    public long Look()
    {
        var bytes = RssOf(_pid);
        _highest = Math.Max(_highest, bytes);
        return bytes;
    }

    /// <summary>How it is, after so many seconds of hostile messages.</summary>
    public ServiceVitals Sum(double seconds) => new(service.Name, Before, Highest, Look(), LinesOf(service) - _linesBefore, seconds);

    /// <summary>What went wrong: it ended, lost its connection, keeps its memory, or floods its log.</summary>
    /// <param name="sum">How it is.</param>
    public IEnumerable<string> Problems(ServiceVitals sum)
    {
        if (service.Pid != _pid || !ProcessFacts.Exists(_pid))
        {
            yield return $"{service.Name} ended:\n{End(service.Log)}";
        }

        foreach (var line in service.Log.Split('\n').Where(IsConnectionLoss).Take(10))
        {
            yield return $"{service.Name} lost its connection: {Short(line)}";
        }

        if (sum.RssAfter > Before + NormalBytes)
        {
            yield return $"The memory of {service.Name} does not go down: {Before} bytes before, {sum.RssAfter} after.";
        }

        if (sum.LinesPerSecond > MostLinesPerSecond)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{service.Name} logged {sum.LinesPerSecond:0} lines a second:\n{End(service.Log)}");
        }
    }

    /// <summary>The last lines of a log, each as long as a reader can bear.</summary>
    public static string End(string log) => string.Join('\n', log.Split('\n').TakeLast(20).Select(Short));

    private static string Short(string line) => line[..Math.Min(line.Length, LongestLine)];

    private static int LinesOf(Service service) => service.Log.AsSpan().Count('\n');

    private static bool IsConnectionLoss(string line) => line.Contains(" warn  The connection to ", StringComparison.Ordinal);

    private static long RssOf(int pid) =>
        ProcessFacts.Status(pid, "VmRSS") is { } status ? 1024 * long.Parse(status.AsSpan().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) : 0;
}

/// <summary>How a service bore hostile messages.</summary>
/// <param name="Name">The service.</param>
/// <param name="RssBefore">Its resident memory before, in bytes.</param>
/// <param name="RssHighest">At most.</param>
/// <param name="RssAfter">After.</param>
/// <param name="Lines">What it logged meanwhile, in lines.</param>
/// <param name="Seconds">How long that was.</param>
internal sealed record ServiceVitals(string Name, long RssBefore, long RssHighest, long RssAfter, int Lines, double Seconds)
{
    public double LinesPerSecond => Lines / Seconds;
}
