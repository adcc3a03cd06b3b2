using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Copies the database while it is written to.</summary>
/// <remarks>
/// In steps, on the connection that writes: what it changes in the part that is copied already, SQLite writes to the copy as well,
/// so that the copy is what is committed at its end, and the write-ahead log is not kept from beginning anew.
/// https://sqlite.org/backup.html
/// </remarks>
internal sealed class OnlineBackup : IDisposable
{
    // One MiB.
    private const int PagesAtOnce = 256;

    private readonly StoreConnections _connections;
    private readonly FileDraft _draft;
    private readonly SqliteConnection _copy;
    private readonly sqlite3_backup _backup;

    /// <param name="source">The connection that writes.</param>
    /// <param name="file">Is made; not there yet.</param>
    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    /// <exception cref="SqliteException">It cannot be made.</exception>
    public OnlineBackup(SqliteConnection source, StoreConnections connections, string file)
    {
        _connections = connections;
        _draft = new FileDraft(file);
        try
        {
            _copy = connections.OpenDraft(_draft.File);

            // It is flushed once, at its end; until then it does not have its name.
            _copy.Run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
            _backup = raw.sqlite3_backup_init(_copy.Handle, "main", source.Handle, "main");
            if (_backup.IsInvalid)
            {
                SqliteErrors.Check(raw.sqlite3_extended_errcode(_copy.Handle), _copy.Handle!);
            }
        }
        catch
        {
            _copy?.Dispose();
            _draft.Dispose();
            throw;
        }
    }

    /// <summary>Copies some pages.</summary>
    /// <returns>Whether that were the last, and the copy is in its place.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="SqliteException">It cannot be written.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_backup_step(_backup, PagesAtOnce);
        if (code != raw.SQLITE_DONE)
        {
            SqliteErrors.Check(code, _copy.Handle!);
            return false;
        }

        _backup.Dispose();
        _copy.Dispose();
        using (var copy = _connections.OpenDraft(_draft.File))
        {
            // No log of the original is the copy's.
            copy.Run("UPDATE store SET session = ''");
            WriteAheadLog.Empty(copy);
        }

        _draft.Publish();
        return true;
    }

    public void Dispose()
    {
        _backup.Dispose();
        _copy.Dispose();
        _draft.Dispose();
    }
}
