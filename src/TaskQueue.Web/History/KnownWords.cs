using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>The words of numbers, which never change in one database. May be used from several threads.</summary>
/// <param name="connection">Where those are that are not known yet.</param>
/// <param name="known">Those that are.</param>
internal readonly struct KnownWords(SqliteConnection connection, ConcurrentDictionary<long, string> known)
{
    private const int Most = 100_000;

    /// <summary>A word.</summary>
    public string? Of(long? number)
    {
        if (number is not { } id)
        {
            return null;
        }

        if (known.TryGetValue(id, out var word))
        {
            return word;
        }

        using var command = connection.CreateCommand();
        command.CommandText = "SELECT text FROM words WHERE id = $id";
        command.Parameters.AddWithValue("$id", id);
        if (command.ExecuteScalar() is not string text)
        {
            return null;
        }

        if (known.Count < Most)
        {
            known.TryAdd(id, text);
        }

        return text;
    }
}
