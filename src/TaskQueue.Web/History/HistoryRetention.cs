namespace TaskQueue.Web.History;

/// <summary>Lets go of what is too old or too much, in steps that are over soon.</summary>
/// <param name="file">The database.</param>
/// <param name="keep">How long tasks are kept.</param>
/// <param name="mostBytes">How large the database may become, with its log.</param>
internal sealed class HistoryRetention(HistoryFile file, TimeSpan keep, long mostBytes) : IDisposable
{
    // Between two of them others may write.
    private const int TasksAtOnce = 500, PagesAtOnce = 512, CountsAtOnce = 5_000;

    private const int MostGaps = 10_000;
    private const long SilenceMilliseconds = 180_000;

    private static readonly TimeSpan MinutesKept = TimeSpan.FromDays(2), HoursKept = TimeSpan.FromDays(30);

    private readonly PreparedCommand _dropEvents = Prepare(
        file, "DELETE FROM events WHERE task IN (SELECT id FROM tasks WHERE at < $0 ORDER BY at, id LIMIT $1)", 2);

    private readonly PreparedCommand _dropTasks = Prepare(
        file, "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE at < $0 ORDER BY at, id LIMIT $1)", 2);

    // A log as large as it may be, and what a transaction adds to it, have room beside the tables.
    private long MostUsed => mostBytes - Math.Max(mostBytes / 16, 5L << 20);

    /// <summary>Drops the oldest tasks, if there is too much.</summary>
    /// <returns>Whether there may still be.</returns>
    public bool Shrink() => file.UsedBytes > MostUsed && (DropTasks(long.MaxValue) > 0 || DropCounts() > 0);

    /// <summary>Drops tasks that are too old.</summary>
    /// <returns>Whether there may be more.</returns>
    public bool Age(DateTimeOffset now) => DropTasks((now - keep).ToUnixTimeMilliseconds()) == TasksAtOnce;

    /// <summary>Does what is due now and then: counts of minutes become those of hours, and files give back what they do not need.</summary>
    public void Tidy(DateTimeOffset now)
    {
        var minutes = (now - MinutesKept).ToUnixTimeSeconds() / 3600 * 3600;
        var oldest = (now - keep).ToUnixTimeMilliseconds();
        file.Run($"""
            BEGIN IMMEDIATE;
            INSERT INTO counts (span, start, type, what, n)
                SELECT 3600, start / 3600 * 3600, type, what, sum(n) FROM counts WHERE span = 60 AND start < {minutes} GROUP BY 2, 3, 4
                ON CONFLICT DO UPDATE SET n = n + excluded.n;
            DELETE FROM counts WHERE span = 60 AND start < {minutes};
            DELETE FROM counts WHERE span = 3600 AND start < {(now - HoursKept).ToUnixTimeSeconds()};
            DELETE FROM shares WHERE until < {oldest};
            DELETE FROM gaps WHERE until < {oldest} OR id <= (SELECT max(id) FROM gaps) - {MostGaps};
            DELETE FROM sources WHERE sent < {oldest} AND id NOT IN (SELECT source FROM gaps WHERE source IS NOT NULL) AND id != (SELECT max(id) FROM sources);
            INSERT INTO gaps (source, reason, since, until)
                SELECT id, '{GapReasons.Silent}', sent, sent FROM sources
                WHERE NOT has_ended AND sent < (SELECT max(sent) FROM sources) - {SilenceMilliseconds}
                AND NOT EXISTS (SELECT 1 FROM gaps WHERE gaps.source = sources.id AND reason = '{GapReasons.Silent}');
            COMMIT;
            """);
        if (file.FreeBytes > mostBytes / 8)
        {
            file.Run($"PRAGMA incremental_vacuum({PagesAtOnce})");
        }

        // Readers that were in the way are gone by now.
        file.Run("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    public void Dispose()
    {
        _dropEvents.Dispose();
        _dropTasks.Dispose();
    }

    private static PreparedCommand Prepare(HistoryFile file, string sql, int parameters) => new(file.Connection, sql, parameters);

    private int DropTasks(long before) => Transaction.Run(file.Connection, () =>
    {
        _dropEvents.Run(before, TasksAtOnce);
        return _dropTasks.Run(before, TasksAtOnce);
    });

    private int DropCounts()
    {
        using var drop = Prepare(file, "DELETE FROM counts WHERE (span, start, type, what) IN (SELECT span, start, type, what FROM counts ORDER BY span, start LIMIT $0)", 1);
        return drop.Run(CountsAtOnce);
    }
}
