using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>What the history lacks, for people.</summary>
internal static class CoverageText
{
    /// <summary>A line for each lack; none when nothing is missing.</summary>
    /// <param name="lacks">What is missing in the time that a page shows.</param>
    /// <param name="trouble">What keeps the history from being whole now.</param>
    public static IReadOnlyList<string> Of(HistoryCoverage lacks, string? trouble)
    {
        var lines = new List<string>();
        if (trouble is not null)
        {
            lines.Add($"Now: {Say.Shortened(trouble)}");
        }

        lines.AddRange(lacks.Sampled.Select(sampled =>
            $"{Between(sampled.Since, sampled.Until)}: {Who(sampled.Service, sampled.Host)} told of {Say.Percent(sampled.Share)} of the tasks that succeeded, and of all that failed. Counts and graphs have all of them."));
        lines.AddRange(lacks.Gaps.Select(gap =>
            $"{Between(gap.Since, gap.Until)}: {Reason(gap.Reason)} ({Who(gap.Service, gap.Host)}{(gap.Count is { } count ? $", {Say.Count(count, "event", "events")}" : "")})."));
        return lines;
    }

    private static string Between(long since, long until) => $"{Second(since)} to {Second(until)}";

    private static string Second(long time) => HistoryJson.Time(time)[..19].Replace('T', ' ');

    private static string Who(string? service, string? host) => service is null ? "all services" : $"{Say.Shortened(service)} on {Say.Shortened(host)}";

    private static string Reason(string reason) => reason switch
    {
        GapReasons.Missing => "messages of a service have not come",
        GapReasons.NoRoom => "a service could not reach the broker for so long that it had no room for more",
        GapReasons.Unheard => "nobody was there to tell",
        GapReasons.Silent => "a service ended without a word, so that its last moment is not known",
        GapReasons.Database => "the database was damaged or gone, and is a new one",
        _ => reason,
    };
}
