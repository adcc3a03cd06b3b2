using Microsoft.Data.Sqlite;
using SQLitePCL;
using TaskQueue.Files;

namespace TaskQueue.Web.History;

/// <summary>The file <c>history.db</c>, and the one connection that writes it and checkpoints its log; others only read, and for a moment.</summary>
internal sealed class HistoryFile : IDisposable
{
    private const int PageBytes = 4096;
    private const string Extension = ".damaged";

    private readonly (ulong Device, ulong Inode) _identity;

    private HistoryFile(string path, SqliteConnection connection)
    {
        (Path, Connection) = (path, connection);
        _identity = FileStatus.Of(path)!.Identity;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Writes it.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>Whether the file is still there that was opened.</summary>
    public bool IsInPlace => FileStatus.Of(Path)?.Identity == _identity;

    /// <summary>How much of it is in use, in bytes.</summary>
    public long UsedBytes => (Number("PRAGMA page_count") - Number("PRAGMA freelist_count")) * PageBytes;

    /// <summary>How much of it is not.</summary>
    public long FreeBytes => Number("PRAGMA freelist_count") * PageBytes;

    /// <summary>Opens it, or makes it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="mostBytes">How large it may become.</param>
    /// <exception cref="SqliteException">It cannot be used as it is.</exception>
    /// <exception cref="IOException">Its folder cannot be used.</exception>
    public static HistoryFile Open(string path, long mostBytes)
    {
        Batteries_V2.Init();
        var folder = System.IO.Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        RequireDisk(folder);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ConnectionString);
        try
        {
            connection.Open();

            // A log that has grown larger is cut when it is empty; checkpoints come as often as it takes to keep it small.
            var logBytes = Math.Clamp(mostBytes / 64, 1 << 20, 16 << 20);
            Run(connection, $"""
                PRAGMA busy_timeout = 1000;
                PRAGMA page_size = {PageBytes};
                PRAGMA auto_vacuum = INCREMENTAL;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                PRAGMA journal_size_limit = {logBytes};
                PRAGMA wal_autocheckpoint = {logBytes / PageBytes / 2};
                PRAGMA cache_size = -16384;
                """);
            var version = Number(connection, "PRAGMA user_version");
            if (version == 0 && Number(connection, "SELECT count(*) FROM sqlite_schema") == 0)
            {
                Run(connection, $"BEGIN IMMEDIATE; {HistorySchema.Create} COMMIT;");
            }
            else if (version != HistorySchema.Version)
            {
                throw new IOException($"{path} is of another version ({version}) than this program keeps ({HistorySchema.Version}); move it away to begin with nothing");
            }

            return new HistoryFile(path, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a folder on a network file system.</summary>
    /// <exception cref="IOException">It lies on one, or cannot be looked at.</exception>
    public static void RequireDisk(string folder)
    {
        if (NetworkFileSystem.NameOf(folder) is { } network)
        {
            throw new IOException($"{folder} lies on a network file system ({network}), where a database is damaged sooner or later; set data_dir to a disk of this host");
        }
    }

    /// <summary>Moves a damaged one aside, in the place of one that was moved before.</summary>
    /// <returns>Its path there.</returns>
    public static string SetAside(string path)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(path + Extension + suffix);
            if (File.Exists(path + suffix))
            {
                File.Move(path + suffix, path + Extension + suffix);
            }
        }

        return path + Extension;
    }

    /// <summary>Whether an error says that the file is no database, or a damaged one.</summary>
    public static bool IsDamage(SqliteException error) => error.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>Runs statements.</summary>
    public void Run(string sql) => Run(Connection, sql);

    public void Dispose() => Connection.Dispose();

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private long Number(string sql) => Number(Connection, sql);

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
