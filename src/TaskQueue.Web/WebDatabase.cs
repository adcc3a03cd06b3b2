using Microsoft.Data.Sqlite;
using SQLitePCL;
using TaskQueue.Configuration;

namespace TaskQueue.Web;

/// <summary><c>web.db</c>, which has what the service itself has to remember: keys, sessions, and who did what.</summary>
internal static class WebDatabase
{
    /// <summary>Opens it in a folder, and makes both where they are missing.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="patience">For how long another connection may write before this one is refused.</param>
    /// <param name="tables">SQL that makes the tables where they are missing.</param>
    /// <exception cref="ConfigurationException">It cannot be opened.</exception>
    public static SqliteConnection Open(string folder, TimeSpan patience, string tables)
    {
        Batteries_V2.Init();
        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "web.db"), Pooling = false, DefaultTimeout = (int)Math.Ceiling(patience.TotalSeconds) }.ConnectionString);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout = {(int)patience.TotalMilliseconds}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {tables}";
            command.ExecuteNonQuery();
            return connection;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw new ConfigurationException($"[web] data_dir = {folder} cannot be used: {e.Message}");
        }
    }
}
