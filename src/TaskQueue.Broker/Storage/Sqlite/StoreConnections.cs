using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Opens connections to the database with what every one of them needs.</summary>
internal sealed class StoreConnections(SqliteStoreOptions options)
{
    // Longer than any transaction of ours; another program may look into the file meanwhile.
    private const int BusyMilliseconds = 5000;

    private const int CacheKibibytes = 4096;

    /// <summary>Opens one that only reads, and leaves the files as they are.</summary>
    public SqliteConnection OpenReader() => Open(options.File, SqliteOpenMode.ReadOnly);

    /// <summary>Opens the one that writes and checkpoints; each commit is on the disk when it returns.</summary>
    public SqliteConnection OpenWriter() => Open(options.File, SqliteOpenMode.ReadWrite);

    /// <summary>Opens a file that nobody else knows of, also where no memory can be shared.</summary>
    public SqliteConnection OpenDraft(string file)
    {
        var connection = Open(file, SqliteOpenMode.ReadWrite);
        connection.Run("PRAGMA locking_mode = EXCLUSIVE");
        return connection;
    }

    private SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        // Without a pool: a connection that is closed shall be closed.
        var name = new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, Vfs = options.FileLayer };
        var connection = new SqliteConnection(name.ConnectionString);
        try
        {
            connection.Open();

            // Closing does not checkpoint: a file that turns out to be damaged stays as it is.
            SqliteErrors.Check(raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _), connection.Handle!);
            connection.Run(
                $"PRAGMA busy_timeout = {BusyMilliseconds}; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; PRAGMA cache_size = -{CacheKibibytes}; PRAGMA temp_store = MEMORY");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

/// <summary>What is asked of a connection once.</summary>
internal static class SqliteConnectionExtensions
{
    /// <summary>Runs statements that have no result.</summary>
    public static void Run(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Reads one number.</summary>
    public static long Number(this SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        return statement.RunForNumber();
    }
}
