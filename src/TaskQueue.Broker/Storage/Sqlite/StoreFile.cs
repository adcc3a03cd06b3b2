using Microsoft.Data.Sqlite;
using SQLitePCL;
using TaskQueue.Files;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>The database's file while this process has it: locked, ours, sound and of this program's version.</summary>
/// <remarks>Until all of that is known, nothing of it is changed.</remarks>
internal sealed class StoreFile : IDisposable
{
    // Versions before it can lose committed pages: one connection resets the log while another one checkpoints. https://sqlite.org/wal.html#walresetbug
    private const int OldestSqlite = 3_051_003;

    // What is read completely at a start; that takes a tenth of a second.
    private const long CheckedCompletelyBytes = 32 << 20;

    private readonly SqliteStoreOptions _options;
    private readonly StoreConnections _connections;
    private readonly LockFile _lock;

    private StoreFile(SqliteStoreOptions options, LockFile held)
    {
        _options = options;
        _connections = new StoreConnections(options);
        _lock = held;
    }

    private string Path => _options.File;

    /// <summary>Takes the file, or makes it.</summary>
    /// <exception cref="StoreException">It cannot be used; it is as it was.</exception>
    public static StoreFile Open(SqliteStoreOptions options)
    {
        Batteries_V2.Init();
        if (raw.sqlite3_libversion_number() < OldestSqlite)
        {
            throw new StoreException($"SQLite {raw.sqlite3_libversion().utf8_to_string()} can lose what it has committed; 3.51.3 or later is needed");
        }

        try
        {
            return OpenLocked(options);
        }
        catch (FileHeldException e)
        {
            throw new StoreException($"{options.File} is in use by {(e.Holder is { } holder ? $"process {holder}" : "another process")}; one broker at a time can have it", e);
        }
        catch (SqliteException e)
        {
            throw e.ToStoreException(options.File);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not StoreException))
        {
            throw new StoreException(e.Message, e);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static StoreFile OpenLocked(SqliteStoreOptions options)
    {
        if (NetworkFileSystem.NameOf(System.IO.Path.GetDirectoryName(options.File)!) is { } network)
        {
            throw new StoreException($"{options.File} lies on a network file system ({network}), which loses messages when the network fails; set data_dir to a disk of this host");
        }

        var file = new StoreFile(options, LockFile.Take(options.File + ".lock"));
        try
        {
            if (!File.Exists(options.File))
            {
                file.Create();
            }

            FileHeader.Require(options.File);
            file.RequireOwnLog();
            var version = file.RequireSound();
            file.BeginSession(version);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Create()
    {
        if (FileDraft.ChangesFor(Path) is { } changes)
        {
            throw new StoreException($"{changes} is there without {Path}; put that back too, or move both away to begin with nothing");
        }

        using var draft = new FileDraft(Path);
        using (var connection = _connections.OpenDraft(draft.File))
        {
            // Before the first table: https://sqlite.org/pragma.html#pragma_auto_vacuum
            connection.Run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
            Schema.Migrate(connection, from: 0);
            WriteAheadLog.Empty(connection);
        }

        draft.Publish();
    }

    /// <summary>Refuses a backup that was put in the place of a database whose log is still there: SQLite would mix the two.</summary>
    private void RequireOwnLog()
    {
        var log = new FileInfo(Path + "-wal");
        if (log is { Exists: true, Length: > 0 } && _lock.Note is { } sessions && SessionWithoutLog() is { } session && !sessions.Split(' ').Contains(session))
        {
            throw new StoreException($"{log.FullName} belongs to another {Path} than the one that is there now; if that is a restored backup, remove {log.FullName} and {Path}-shm");
        }
    }

    /// <returns>Null when it cannot be read: without its log a database may be in the middle of a checkpoint, which a backup never is.</returns>
    private string? SessionWithoutLog()
    {
        // Immutable means: without looking at a log.
        var name = new SqliteConnectionStringBuilder { DataSource = $"file:{Uri.EscapeDataString(Path)}?immutable=1", Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        try
        {
            using var connection = new SqliteConnection(name.ConnectionString);
            connection.Open();
            using var session = new Statement(connection, "SELECT session FROM store");
            return session.Step() ? session.Text(0) : null;
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    /// <summary>Checks the tables: completely where the file is small or is about to be migrated, else all but the contents of messages.</summary>
    /// <returns>Its version.</returns>
    private int RequireSound()
    {
        using var connection = _connections.OpenReader();
        var version = (int)connection.Number("PRAGMA user_version");
        if (version > Schema.Version)
        {
            // The newer program's migration stands in the log only.
            throw FileHeader.NewerThanWe(Path, version);
        }

        if (!Schema.IsThatOf(connection, version))
        {
            throw new StoreException($"{Path} has other tables than version {version} of the store has; restore a backup, or move the file away to begin with nothing");
        }

        var isComplete = version < Schema.Version || new FileInfo(Path).Length <= CheckedCompletelyBytes;
        foreach (var argument in isComplete ? ["1"] : Schema.TablesToCheck)
        {
            using var check = new Statement(connection, $"PRAGMA quick_check({argument})");
            if (check.Step() && check.Text(0) is var finding && finding != "ok")
            {
                throw new StoreException($"{Path} is damaged ({finding}); restore a backup, or move the file away to begin with nothing");
            }
        }

        return version;
    }

    /// <summary>Migrates, and marks the database and the lock file as belonging together.</summary>
    private void BeginSession(int version)
    {
        using var connection = _connections.OpenWriter();
        if (version < Schema.Version)
        {
            Schema.Migrate(connection, version);
        }

        // Whenever it ends, the note names the session of the database without its log.
        WriteAheadLog.Empty(connection);
        var session = Guid.NewGuid().ToString("N");
        _lock.LeaveNote($"{SessionWithoutLog()} {session}");
        connection.Run($"UPDATE store SET session = '{session}'");
        WriteAheadLog.Empty(connection);
        _lock.LeaveNote(session);
    }
}
