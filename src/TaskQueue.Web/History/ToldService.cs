using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>A service that has told of tasks and has not said that it ends: it runs, or was killed, or its host has gone.</summary>
/// <param name="Service">What it is.</param>
/// <param name="Host">Its host.</param>
/// <param name="Sent">When it last told something: milliseconds since 1970. One that runs tells something at least every minute and a half.</param>
internal sealed record ToldService(string Service, string Host, long Sent)
{
    private const int Most = 1000;

    /// <summary>Finds those that have told something since a time; of several runs on one host the last.</summary>
    public static IReadOnlyList<ToldService> Find(SqliteConnection connection, long since)
    {
        using var command = connection.CreateCommand();

        // Of an aggregate max SQLite takes the other columns from its row.
        command.CommandText = """
            SELECT service, host, sent FROM (SELECT service, host, has_ended, max(sent) AS sent FROM sources GROUP BY service, host)
            WHERE sent >= $since AND NOT has_ended ORDER BY host, service LIMIT $most
            """;
        command.Parameters.AddWithValue("$since", since);
        command.Parameters.AddWithValue("$most", Most);
        var found = new List<ToldService>();
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            found.Add(new ToldService(rows.GetString(0), rows.GetString(1), rows.GetInt64(2)));
        }

        return found;
    }
}
