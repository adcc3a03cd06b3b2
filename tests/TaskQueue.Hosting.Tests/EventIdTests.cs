using System.Text.RegularExpressions;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests;

/// <summary>Lines of the log: event ids, by which operators filter and alert, and words.</summary>
public sealed partial class EventIdTests
{
    [Fact]
    public void Each_names_one_line_of_the_log()
    {
        var ids = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => EventId().Matches(File.ReadAllText(file)).Select(match => match.Groups["id"].Value))
            .ToList();

        Assert.True(ids.Count > 100, $"only {ids.Count} event ids were found");
        Assert.Empty(ids.GroupBy(id => id, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    [Fact]
    public void Counts_stand_where_one_reads_as_well_as_many()
    {
        var lines = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => File.ReadLines(file))
            .Where(line => line.Contains("LoggerMessage", StringComparison.Ordinal) || line.TrimStart().StartsWith('"'));

        Assert.DoesNotContain(lines, line => CountBeforeNoun().IsMatch(line));
    }

    [GeneratedRegex(@"\{(Count|More|Number|Pending|Dropped|Before|After|Attempts)(:[^}]*)?\} (more )?(such )?[a-z]+s\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex CountBeforeNoun();

    [GeneratedRegex(@"LoggerMessage\(\s*(EventId = )?(?<id>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EventId();
}
