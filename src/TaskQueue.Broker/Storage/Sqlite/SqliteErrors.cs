using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Turns SQLite's result codes into what the broker decides by.</summary>
internal static class SqliteErrors
{
    // The index of the write-ahead log has no room on the disk; https://sqlite.org/rescode.html#ioerr_shmsize
    private const int NoRoomForIndex = raw.SQLITE_IOERR | (19 << 8);

    /// <summary>Throws what SQLite says of a connection.</summary>
    public static void Check(int code, sqlite3 connection)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(code, connection);
        }
    }

    /// <summary>Whether the disk was full, so that nothing was written and it may work later.</summary>
    public static bool IsFull(this SqliteException error) => error.SqliteErrorCode == raw.SQLITE_FULL || error.SqliteExtendedErrorCode == NoRoomForIndex;

    /// <summary>Says it in the words of the store.</summary>
    public static StoreException ToStoreException(this SqliteException error, string file) => error.SqliteErrorCode switch
    {
        _ when error.IsFull() => new StoreFullException($"{file}: the disk is full", error),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new StoreException($"{file} is damaged ({error.Message}); restore a backup, or move the file away to begin with nothing", error),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new StoreException($"{file} is locked by another program that has opened it", error),
        _ => new StoreException($"{file}: {error.Message}", error),
    };
}
