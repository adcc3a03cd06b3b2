using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>Finds tasks by filters, page by page.</summary>
internal static class HistoryPages
{
    // What an index cannot find is looked for row by row, and for no longer than that at a time; the page says where to go on.
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(700);

    private const int LookInterval = 256;

    // A beginning that so many characters of are known is rare enough to find the tasks by.
    private const int TellingPrefix = 8;

    /// <summary>A page.</summary>
    /// <param name="connection">Reads.</param>
    /// <param name="query">What is looked for.</param>
    /// <param name="words">The words of numbers.</param>
    /// <param name="time">The clock.</param>
    [SuppressMessage("Security", "CA2100", Justification = "Texts of others are parameters only.")]
    public static HistoryPage Find(SqliteConnection connection, HistoryQuery query, KnownWords words, TimeProvider time)
    {
        using var command = connection.CreateCommand();
        if (!TryWrite(command, query))
        {
            return new HistoryPage([], Next: null, IsCut: false);
        }

        var found = new List<HistoryTask>(query.Limit);
        var (began, looked) = (time.GetTimestamp(), 0);
        HistoryPlace? last = null;
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            if (found.Count == query.Limit)
            {
                return new HistoryPage(found, last, IsCut: false);
            }

            last = new HistoryPlace(rows.GetInt64(1), rows.GetInt64(0));
            if (rows.GetInt64(2) != 0)
            {
                found.Add(HistoryTask.Read(rows, firstColumn: 3, last.At, words));
            }

            if (++looked % LookInterval == 0 && time.GetElapsedTime(began) > LongestLook)
            {
                return new HistoryPage(found, last, IsCut: true);
            }
        }

        return new HistoryPage(found, Next: null, IsCut: false);
    }

    /// <returns>Whether there can be any such task: a word that the history does not know is of none.</returns>
    private static bool TryWrite(SqliteCommand command, HistoryQuery query)
    {
        var (found, fits) = (new StringBuilder(), new StringBuilder("1"));
        var (type, outcome, host) = (Word(query.Type), Word(query.Outcome), Word(query.Host));
        if ((query.Type, type) is (not null, null) || (query.Outcome, outcome) is (not null, null) || (query.Host, host) is (not null, null))
        {
            return false;
        }

        var byMessage = query.Id is { Length: >= TellingPrefix };
        Require("t.type", "$type", type);
        Require("t.outcome", "$outcome", outcome);
        Require("t.at", "$from", query.From, ">=");
        Require("t.at", "$to", query.To, "<");
        if (query.Before is { } before)
        {
            found.Append(" AND (t.at, t.id) < ($at, $id)");
            command.Parameters.AddWithValue("$at", before.At);
            command.Parameters.AddWithValue("$id", before.Id);
        }

        if (query.Id is { } prefix)
        {
            (byMessage ? found : fits).Append(" AND t.message_id >= $prefix AND t.message_id < $prefixend");
            command.Parameters.AddWithValue("$prefix", prefix);
            command.Parameters.AddWithValue("$prefixend", prefix + char.ConvertFromUtf32(0x10FFFF));
        }

        if (host is { } number)
        {
            fits.Append(" AND t.host = $host");
            command.Parameters.AddWithValue("$host", number);
        }

        if (query.Error is { } error)
        {
            found.Append(" AND t.error IS NOT NULL");
            fits.Append(@" AND t.error LIKE $error ESCAPE '\'");
            command.Parameters.AddWithValue("$error", $"%{error.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%");
        }

        if (query.Allowed is { } allowed)
        {
            fits.Append(" AND t.type IN (").AppendJoin(", ", allowed.Select(Word).OfType<long>().Append(0)).Append(')');
        }

        var index = byMessage ? "tasks_by_message" : (type, outcome) switch
        {
            (not null, not null) => "tasks_by_type_and_outcome",
            (not null, null) => "tasks_by_type",
            (null, not null) => "tasks_by_outcome",
            _ => query.Error is null ? "tasks_by_time" : "tasks_with_errors",
        };
        command.CommandText = $"""
            SELECT t.id, t.at, coalesce({fits}, 0), {HistoryTask.Columns} FROM tasks t INDEXED BY {index} WHERE 1{found} ORDER BY t.at DESC, t.id DESC
            """;
        return true;

        void Require(string column, string name, object? value, string comparison = "=")
        {
            if (value is not null)
            {
                found.Append(CultureInfo.InvariantCulture, $" AND {column} {comparison} {name}");
                command.Parameters.AddWithValue(name, value);
            }
        }

        long? Word(string? text) => text is null ? null : WordOf(command.Connection!, text);
    }

    private static long? WordOf(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM words WHERE text = $text";
        command.Parameters.AddWithValue("$text", text);
        return command.ExecuteScalar() as long?;
    }
}

/// <summary>Tasks that were found.</summary>
/// <param name="Tasks">They, the newest first.</param>
/// <param name="Next">Where to go on, if there may be more.</param>
/// <param name="IsCut">Whether that is because looking took long, and not because the page is full.</param>
internal sealed record HistoryPage(IReadOnlyList<HistoryTask> Tasks, HistoryPlace? Next, bool IsCut);
