using System.Text.Json;
using Microsoft.Data.Sqlite;
using TaskQueue.Configuration;

namespace TaskQueue.Web.Notifications;

/// <summary>Keeps in <c>web.db</c> what was told and what is yet to be, so that a restart neither forgets nor repeats it.</summary>
internal sealed class NotificationStore : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SqliteConnection _connection;

    private NotificationStore(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens it.</summary>
    /// <param name="folder">The folder of <c>web.db</c>.</param>
    /// <exception cref="ConfigurationException">It cannot be opened.</exception>
    public static NotificationStore Open(string folder) => new(WebDatabase.Open(
        folder, Patience, "CREATE TABLE IF NOT EXISTS notify (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;"));

    /// <summary>What was kept under a name; something new where that is nothing, or cannot be read.</summary>
    public T Read<T>(string name)
        where T : new()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT state FROM notify WHERE name = $name";
        command.Parameters.AddWithValue("$name", name);
        try
        {
            return command.ExecuteScalar() is string json && JsonSerializer.Deserialize<T>(json) is { } state ? state : new T();
        }
        catch (JsonException)
        {
            return new T();
        }
    }

    /// <summary>Keeps something under a name.</summary>
    /// <exception cref="SqliteException">It cannot.</exception>
    public void Write<T>(string name, T state)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO notify (name, state) VALUES ($name, $state)";
        command.Parameters.AddWithValue("$name", name);
        command.Parameters.AddWithValue("$state", JsonSerializer.Serialize(state));
        command.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();
}
