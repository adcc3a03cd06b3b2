using System.Globalization;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Prints what became of hostile messages.</summary>
internal static class FuzzTables
{
    private const double Mebi = 1024 * 1024;

    public static void Print(FuzzReport report, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            | messages | |
            |---|---:|
            | sent | {report.Sent} |
            | refused by the broker itself | {report.RefusedByBroker.Count} |
            | confirmed | {report.Confirmed} |
            | of these: forwarded | {report.Forwarded} |
            | of these: rejected | {report.Rejected} |
            | of these: waiting for a pool | {report.Unroutable} |
            | of these: not dispatched | {report.NotDispatched} |
            | of these: **lost** | **{report.Lost.Count}** |
            | bodies changed | {report.Changed.Count} |
            | came more than once | {report.Again} |
            | memory of the dispatcher before, at most, after | {report.RssBefore / Mebi:0}, {report.RssHighest / Mebi:0}, {report.RssAfter / Mebi:0} MiB |
            | seconds | {report.Seconds:0} |

            | what is wrong with them | messages |
            |---|---:|
            """));
        foreach (var (kind, count) in report.Kinds.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"| {kind} | {count} |");
        }

        foreach (var problem in report.Problems
            .Concat(report.Lost.Take(20).Select(lost => $"Lost: {lost}"))
            .Concat(report.Changed.Take(20).Select(changed => $"Changed: {changed}"))
            .Concat(report.RefusedByBroker.Take(20).Select(refused => $"Refused by the broker: {refused}")))
        {
            output.WriteLine($"\nPROBLEM: {problem}");
        }

        output.WriteLine($"\n== {(report.IsGood ? "Good" : "NOT GOOD")}: {report.Lost.Count} lost, {report.Problems.Count} problems, seed {report.Seed}");
    }
}
