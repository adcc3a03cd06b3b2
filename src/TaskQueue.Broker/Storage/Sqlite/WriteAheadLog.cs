using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Copies the write-ahead log to the database before it grows large, between two commits.</summary>
/// <remarks>
/// A checkpoint that has copied everything lets the next commit begin the log anew. Readers that look at an old state keep it from that;
/// ours do so for moments, and when the log grows all the same, the checkpoint waits for them.
/// </remarks>
internal sealed class WriteAheadLog(SqliteConnection connection, SqliteStoreOptions options) : IUpkeep
{
    // SQLITE_CHECKPOINT_NOOP says how long the log is, and does nothing; https://sqlite.org/c3ref/wal_checkpoint_v2.html
    private const int JustLook = -1;

    // From here on readers are waited for.
    private const int PatienceFactor = 4;

    /// <summary>Copies everything, and cuts the log off.</summary>
    public static void Empty(SqliteConnection connection) => Checkpoint(connection, raw.SQLITE_CHECKPOINT_TRUNCATE);

    public TimeSpan Step(bool isIdle)
    {
        var (pages, copied) = Checkpoint(connection, JustLook);
        if (copied < pages && (isIdle || pages >= options.CheckpointPages))
        {
            var isLong = pages >= (long)options.CheckpointPages * PatienceFactor;
            (pages, copied) = Checkpoint(connection, isLong ? raw.SQLITE_CHECKPOINT_RESTART : raw.SQLITE_CHECKPOINT_PASSIVE);
        }

        if (copied >= pages && new FileInfo(options.File + "-wal") is { Exists: true } log && log.Length > options.WriteAheadLogBytes)
        {
            Empty(connection);
        }

        return copied < pages ? options.IdleDelay : Timeout.InfiniteTimeSpan;
    }

    private static (int Pages, int Copied) Checkpoint(SqliteConnection connection, int mode)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(connection.Handle, "main", mode, out var pages, out var copied);

        // Busy: readers were there all the while; the next time will do.
        if (code != raw.SQLITE_BUSY)
        {
            SqliteErrors.Check(code, connection.Handle!);
        }

        return (pages, copied);
    }
}
