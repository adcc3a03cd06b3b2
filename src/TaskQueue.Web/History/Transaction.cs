using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>Changes that are made together or not at all.</summary>
internal static class Transaction
{
    /// <summary>Makes them.</summary>
    /// <param name="connection">Writes; no transaction is open there.</param>
    /// <param name="change">The changes. After an exception of it nothing is changed.</param>
    /// <returns>What they return.</returns>
    /// <exception cref="SqliteException">The database cannot be written.</exception>
    public static T Run<T>(SqliteConnection connection, Func<T> change)
    {
        Execute(connection, "BEGIN IMMEDIATE");
        try
        {
            var result = change();
            Execute(connection, "COMMIT");
            return result;
        }
        catch
        {
            TryRollBack(connection);
            throw;
        }
    }

    private static void TryRollBack(SqliteConnection connection)
    {
        try
        {
            Execute(connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has done so already, or the file is gone.
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
