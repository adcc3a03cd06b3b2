using System.Globalization;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Prints what became of hostile messages.</summary>
internal static class FuzzTables
{
    private const double Mebi = 1024 * 1024;
    private const int Shown = 30;

    public static void Print(FuzzReport report, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            | messages | |
            |---|---:|
            | hostile, sent | {report.Sent} |
            | refused by the broker itself | {report.RefusedByBroker.Count} |
            | confirmed | {report.Confirmed} |
            | of these: **not where they must be** | **{report.Wrong.Count}** |
            | of these: run or copied too often | {report.TooOften.Count} |
            | bodies changed | {report.Changed.Count} |
            | in a second | {report.HostileRate:0} |
            | ordinary, sent beside them | {report.OrdinarySent} |
            | of these: lost; done twice | {report.OrdinaryLost}; {report.OrdinaryTwice} |
            | done in a second without hostile messages | {report.UndisturbedRate:0.0} |
            | while all known cases are sent at once, again and again | {report.RoundsRate:0.0}: {report.RoundsRate / report.UndisturbedRate:0.00} |
            | among as many hostile messages as the system takes | {report.DisturbedRate:0.0}: {report.DisturbedRate / report.UndisturbedRate:0.00} |
            | seconds | {report.Seconds:0} |

            | service | memory before, at most, after | log |
            |---|---:|---:|
            """));
        foreach (var service in report.Services)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {service.Name} | {service.RssBefore / Mebi:0}, {service.RssHighest / Mebi:0}, {service.RssAfter / Mebi:0} MiB | {service.LinesPerSecond:0.0} lines a second |"));
        }

        output.WriteLine("\n| what is wrong with them | where they ended |\n|---|---|");
        foreach (var (kind, places) in report.Places.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"| {kind} | {string.Join(", ", places.OrderBy(place => place.Key, StringComparer.Ordinal).Select(place => $"{place.Key.ToLowerInvariant()} {place.Value}"))} |");
        }

        foreach (var problem in report.Problems
            .Concat(report.Wrong.Take(Shown).Select(wrong => $"In the wrong place: {wrong}"))
            .Concat(report.TooOften.Take(Shown).Select(often => $"Too often: {often}"))
            .Concat(report.Changed.Take(Shown).Select(changed => $"Changed: {changed}")))
        {
            output.WriteLine($"\nPROBLEM: {problem}");
        }

        foreach (var refused in report.RefusedByBroker.Take(Shown))
        {
            output.WriteLine($"\nRefused by the broker: {refused}");
        }

        output.WriteLine($"\n== {(report.IsGood ? "Good" : "NOT GOOD")}: {report.Wrong.Count} not where they must be, {report.Problems.Count} problems, seed {report.Seed}");
    }
}
