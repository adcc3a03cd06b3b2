using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Runs statements so that all of them are on the disk afterwards, or none.</summary>
internal sealed class Transaction(SqliteConnection connection) : IDisposable
{
    private readonly Statement _begin = new(connection, "BEGIN IMMEDIATE");
    private readonly Statement _commit = new(connection, "COMMIT");
    private readonly Statement _rollback = new(connection, "ROLLBACK");

    /// <exception cref="SqliteException">Nothing was written.</exception>
    public void Run(Action statements)
    {
        _begin.Run();
        try
        {
            statements();
            _commit.Run();
        }
        catch
        {
            // SQLite rolls back by itself after some errors; https://sqlite.org/lang_transaction.html
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
            {
                _rollback.Run();
            }

            throw;
        }
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
        _rollback.Dispose();
    }
}
