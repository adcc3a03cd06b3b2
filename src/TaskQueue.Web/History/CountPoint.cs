using Microsoft.Data.Sqlite;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>What was counted in a stretch of time. All tasks count, also those of which nothing else is told.</summary>
/// <param name="Start">Its beginning: seconds since 1970.</param>
/// <param name="Type">The worker type, where they are told apart.</param>
internal sealed record CountPoint(long Start, string? Type)
{
    /// <summary>How many tasks, by outcome.</summary>
    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>How many runs took how long, by <see cref="TimeBuckets"/>.</summary>
    public long[] Run { get; } = new long[TimeBuckets.Count];

    /// <summary>How many tasks waited how long, likewise.</summary>
    public long[] Wait { get; } = new long[TimeBuckets.Count];

    /// <summary>The time that a share of them did not exceed.</summary>
    /// <param name="buckets">How many took how long.</param>
    /// <param name="share">0 to 1.</param>
    /// <returns><see langword="null"/> where there were none.</returns>
    public static TimeSpan? Quantile(IReadOnlyList<long> buckets, double share)
    {
        var all = buckets.Sum();
        var left = (long)Math.Ceiling(all * share);
        for (var i = 0; i < buckets.Count; i++)
        {
            left -= buckets[i];
            if (left <= 0 && all > 0)
            {
                return TimeBuckets.UpperBound(i);
            }
        }

        return null;
    }

    /// <summary>Finds them, the oldest first.</summary>
    public static IReadOnlyList<CountPoint> Find(SqliteConnection connection, CountQuery query, KnownWords words)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT start / $step * $step AS begins, {(query.ByType ? "type" : "0")} AS kind, what, sum(n) FROM counts
            WHERE span IN (60, 3600) AND start >= $from AND start < $to AND ($type IS NULL OR type = (SELECT id FROM words WHERE text = $type))
            GROUP BY begins, kind, what ORDER BY begins, kind
            """;
        if (query.Allowed is { } allowed)
        {
            var names = allowed.Select((name, i) => (Name: name, Parameter: $"$allowed{i}")).ToList();
            command.CommandText = command.CommandText.Replace(
                "GROUP BY", $"AND type IN (SELECT id FROM words WHERE text IN ({string.Join(", ", names.Select(name => name.Parameter))})) GROUP BY", StringComparison.Ordinal);
            names.ForEach(name => command.Parameters.AddWithValue(name.Parameter, name.Name));
        }

        command.Parameters.AddWithValue("$step", query.StepSeconds);
        command.Parameters.AddWithValue("$from", query.From);
        command.Parameters.AddWithValue("$to", query.To);
        command.Parameters.AddWithValue("$type", (object?)query.Type ?? DBNull.Value);
        var points = new List<CountPoint>();
        using var rows = command.ExecuteReader();
        var (start, kind) = (-1L, -1L);
        while (rows.Read())
        {
            if (points.Count == 0 || rows.GetInt64(0) != start || rows.GetInt64(1) != kind)
            {
                (start, kind) = (rows.GetInt64(0), rows.GetInt64(1));
                points.Add(new CountPoint(start, query.ByType ? words.Of(kind) : null));
            }

            points[^1].Add(rows.GetInt32(2), rows.GetInt64(3), words);
        }

        return points;
    }

    private void Add(int what, long count, KnownWords words)
    {
        if (CountKeys.IsRun(what, out var run))
        {
            Run[run] += count;
        }
        else if (CountKeys.IsWait(what, out var wait))
        {
            Wait[wait] += count;
        }
        else if (words.Of(what) is { } word)
        {
            Counts[word] = Counts.GetValueOrDefault(word) + count;
        }
    }
}

/// <summary>Which counts somebody wants.</summary>
/// <param name="From">The first second.</param>
/// <param name="To">The second after the last.</param>
/// <param name="StepSeconds">How long the stretches are that are counted together.</param>
internal sealed record CountQuery(long From, long To, long StepSeconds)
{
    /// <summary>The worker type, or all of them.</summary>
    public string? Type { get; init; }

    /// <summary>Whether worker types are told apart.</summary>
    public bool ByType { get; init; }

    /// <summary>The worker types that may be seen, or <see langword="null"/> for all.</summary>
    public IReadOnlySet<string>? Allowed { get; init; }
}
