using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>What the history lacks between two times: every answer that shows it says so.</summary>
/// <param name="Share">The least share of tasks that some service has told of, failures apart; 1 for all.</param>
/// <param name="Sampled">Which services, and when; the latest.</param>
/// <param name="Gaps">What is missing, the latest.</param>
internal sealed record HistoryCoverage(double Share, IReadOnlyList<SampledTime> Sampled, IReadOnlyList<HistoryGap> Gaps)
{
    // For people; beyond them there are more of the kind.
    private const int Most = 50;

    /// <summary>Finds it.</summary>
    public static HistoryCoverage Find(SqliteConnection connection, long from, long to)
    {
        var share = 1d;
        var sampled = new List<SampledTime>();
        Read(
            "SELECT h.since, h.until, h.share, s.service, s.host FROM shares h LEFT JOIN sources s ON s.id = h.source WHERE h.until >= $from AND h.since < $to ORDER BY h.until DESC LIMIT $most",
            row =>
            {
                share = Math.Min(share, row.GetDouble(2));
                sampled.Add(new SampledTime(row.GetInt64(0), row.GetInt64(1), row.GetDouble(2), row.TextOrNull(3), row.TextOrNull(4)));
            });
        var gaps = new List<HistoryGap>();
        Read(
            "SELECT g.since, g.until, g.reason, g.count, s.service, s.host FROM gaps g LEFT JOIN sources s ON s.id = g.source WHERE g.until >= $from AND g.since < $to ORDER BY g.until DESC LIMIT $most",
            row => gaps.Add(new HistoryGap(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.NumberOrNull(3), row.TextOrNull(4), row.TextOrNull(5))));
        return new HistoryCoverage(share, sampled, gaps);

        void Read(string sql, Action<SqliteDataReader> read)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Parameters.AddWithValue("$from", from);
            command.Parameters.AddWithValue("$to", to);
            command.Parameters.AddWithValue("$most", Most);
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                read(rows);
            }
        }
    }
}

/// <summary>A time in which a service has told of a share of its tasks.</summary>
/// <param name="Since">Its beginning: milliseconds since 1970.</param>
/// <param name="Until">Its end.</param>
/// <param name="Share">The share, 0 to 1.</param>
/// <param name="Service">What the service is.</param>
/// <param name="Host">Its host.</param>
internal sealed record SampledTime(long Since, long Until, double Share, string? Service, string? Host);

/// <summary>Something that the history lacks.</summary>
/// <param name="Since">When it may have happened: milliseconds since 1970.</param>
/// <param name="Until">Until when.</param>
/// <param name="Reason">Why, one of <see cref="GapReasons"/>.</param>
/// <param name="Count">How many events, where that is known.</param>
/// <param name="Service">What the service is.</param>
/// <param name="Host">Its host.</param>
internal sealed record HistoryGap(long Since, long Until, string Reason, long? Count, string? Service, string? Host);
