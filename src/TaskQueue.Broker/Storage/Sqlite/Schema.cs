using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>The tables, and how each version of them came out of the one before.</summary>
/// <remarks>
/// What is known of a message lies apart from its content: a start reads a few bytes of each message, however large they are, and a
/// message that comes back rewrites those and not its body. Both tables grow at one end and are emptied mostly from the other. There is
/// no index by queue, which every message would pay for: a deleted queue stays as a row until its messages are swept up.
/// </remarks>
internal static class Schema
{
    /// <summary>"TQBr" in the file's header says that it is ours; https://sqlite.org/fileformat.html#application_id</summary>
    public const int ApplicationId = 0x54514272;

    /// <summary>All tables but the one that holds nearly all bytes.</summary>
    public static readonly string[] TablesToCheck = ["store", "exchange", "queue", "binding", "message"];

    // Steps are only ever added at the end: files of all earlier versions are about.
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE store(session TEXT NOT NULL);
        INSERT INTO store VALUES ('');
        CREATE TABLE exchange(
          name TEXT PRIMARY KEY, type TEXT NOT NULL, auto_delete INTEGER NOT NULL, internal INTEGER NOT NULL, arguments BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE queue(
          number INTEGER PRIMARY KEY, name TEXT NOT NULL, auto_delete INTEGER NOT NULL, arguments BLOB NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE binding(
          queue INTEGER NOT NULL, exchange TEXT NOT NULL, routing_key TEXT NOT NULL, arguments BLOB NOT NULL,
          PRIMARY KEY(queue, exchange, routing_key, arguments)
        ) WITHOUT ROWID;
        CREATE TABLE message(
          id INTEGER PRIMARY KEY, queue INTEGER NOT NULL, bytes INTEGER NOT NULL, priority INTEGER NOT NULL, expires_at INTEGER,
          delivery_count INTEGER NOT NULL, redelivered INTEGER NOT NULL
        );
        CREATE TABLE content(
          id INTEGER PRIMARY KEY, exchange TEXT NOT NULL, routing_key TEXT NOT NULL, properties BLOB NOT NULL, body BLOB NOT NULL
        );
        """,
    ];

    /// <summary>The version that this program writes; <c>user_version</c> in the file's header.</summary>
    public static int Version => Migrations.Length;

    /// <summary>Brings a database from its version to a newer one: all of it or nothing.</summary>
    public static void Migrate(SqliteConnection connection, int from) => Migrate(connection, from, Migrations);

    /// <inheritdoc cref="Migrate(SqliteConnection, int)"/>
    internal static void Migrate(SqliteConnection connection, int from, IReadOnlyList<string> migrations)
    {
        using var transaction = connection.BeginTransaction();
        foreach (var step in migrations.Skip(from))
        {
            connection.RunIn(transaction, step);
        }

        connection.RunIn(transaction, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {migrations.Count}");
        transaction.Commit();
    }

    /// <summary>Whether a database has the tables of a version, and nothing else.</summary>
    public static bool IsThatOf(SqliteConnection connection, int version)
    {
        using var model = new SqliteConnection("Data Source=:memory:");
        model.Open();
        Migrate(model, from: 0, Migrations[..version]);
        return Tables(connection).SequenceEqual(Tables(model));
    }

    private static List<string> Tables(SqliteConnection connection)
    {
        using var tables = new Statement(connection, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
        var found = new List<string>();
        while (tables.Step())
        {
            found.Add(tables.Text(0));
        }

        return found;
    }

    private static void RunIn(this SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
