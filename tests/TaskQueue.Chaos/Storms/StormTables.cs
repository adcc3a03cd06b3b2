using System.Globalization;

namespace TaskQueue.Chaos.Storms;

/// <summary>Prints what a storm did, as tables for a terminal and for documentation.</summary>
internal static class StormTables
{
    public static void Print(StormReport report, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            | messages | |
            |---|---:|
            | published | {report.Published} |
            | confirmed by the broker | {report.Confirmed} |
            | of these: done, with a result | {report.Done} |
            | of these: found in a queue | {report.Found.Values.Sum()}{FoundIn(report)} |
            | of these: **lost** | **{report.Lost.Count}** |
            | never confirmed (a publisher sends them again) | {report.Unconfirmed} |
            | of these: arrived all the same | {report.UnconfirmedArrived} |

            | runs | tasks | rate |
            |---|---:|---:|
            | started more than once | {report.StartedAgain} | {Rate(report.StartedAgain, report)} |
            | completed more than once | {report.CompletedAgain} | {Rate(report.CompletedAgain, report)} |
            | more than one result | {report.ResultsAgain} | {Rate(report.ResultsAgain, report)} |

            | struck | times | work that it stopped | goes on after, p50 | p99 |
            |---|---:|---:|---:|---:|
            """));
        foreach (var (victim, times) in report.Blows.OrderBy(entry => entry.Key))
        {
            output.WriteLine(report.Recovery.GetValueOrDefault(victim) is not { } recovery
                ? $"| {Name(victim)} | {times} | 0 | | |"
                : string.Create(CultureInfo.InvariantCulture, $"| {Name(victim)} | {times} | {recovery.Count} | {recovery.P50:0.00} s | {recovery.P99:0.00} s |"));
        }

        foreach (var problem in report.Problems)
        {
            output.WriteLine($"\nPROBLEM: {problem}");
        }

        output.WriteLine($"""

            == {(report.IsGood ? "Good" : "NOT GOOD")}: {report.Lost.Count} lost, {report.Problems.Count} problems, seed {report.Seed}
            """);
        if (report.Lost.Count > 0)
        {
            output.WriteLine($"Lost: {string.Join(", ", report.Lost)}");
        }
    }

    private static string FoundIn(StormReport report) =>
        report.Found.Count == 0 ? "" : $" ({string.Join(", ", report.Found.Select(entry => $"{entry.Value} in {entry.Key}"))})";

    private static string Rate(int count, StormReport report) =>
        report.Confirmed == 0 ? "" : (count / (double)report.Confirmed).ToString("P2", CultureInfo.InvariantCulture);

    private static string Name(Victim victim) => victim switch
    {
        Victim.Worker => "worker, SIGKILL",
        Victim.Pool => "pool, SIGKILL",
        Victim.Dispatcher => "dispatcher, SIGKILL",
        Victim.Node => "broker node, SIGKILL",
        Victim.PoolLink => "connections of a pool, cut",
        _ => "connections of a dispatcher, cut",
    };
}
