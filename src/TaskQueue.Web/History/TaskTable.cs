using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>The rows of tasks, as one transaction needs them: each is read once and written once, however many events there are of it.</summary>
/// <param name="connection">Where they are.</param>
/// <param name="words">The numbers of words.</param>
internal sealed class TaskTable(SqliteConnection connection, Words words) : IDisposable
{
    private readonly Dictionary<string, TaskRow> _touched = new(StringComparer.Ordinal);

    private readonly PreparedCommand _last = new(connection, "SELECT max(id) FROM tasks", 0);

    private readonly PreparedCommand _find = new(
        connection,
        """
        SELECT t.id, t.at, ty.text, st.text, o.text, h.text, t.state_at, t.rank, t.attempt, t.attempts, t.run_us, t.error
        FROM tasks t JOIN words st ON st.id = t.state LEFT JOIN words ty ON ty.id = t.type LEFT JOIN words o ON o.id = t.outcome LEFT JOIN words h ON h.id = t.host
        WHERE t.message_id = $0
        """,
        1);

    private readonly PreparedCommand _add = new(
        connection,
        """
        INSERT INTO tasks (id, message_id, at, type, state, outcome, host, state_at, rank, attempt, attempts, run_us, error)
        VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        13);

    private readonly PreparedCommand _change = new(
        connection,
        "UPDATE tasks SET type = $1, state = $2, outcome = $3, host = $4, state_at = $5, rank = $6, attempt = $7, attempts = $8, run_us = $9, error = $10 WHERE id = $0",
        11);

    private long _next;

    /// <summary>A transaction begins.</summary>
    public void Begin()
    {
        _touched.Clear();
        _next = (_last.Number() ?? 0) + 1;
    }

    /// <summary>The row of a task, if need be a new one.</summary>
    public TaskRow Of(string messageId, long at)
    {
        if (!_touched.TryGetValue(messageId, out var row))
        {
            row = Find(messageId) ?? new TaskRow(_next++, messageId, at) { IsNew = true };
            _touched.Add(messageId, row);
        }

        return row;
    }

    /// <summary>Writes all that were asked for.</summary>
    /// <returns>Their message ids.</returns>
    public IReadOnlyCollection<string> Flush()
    {
        foreach (var row in _touched.Values)
        {
            var (type, state, outcome, host) = (Word(row.Type), words.Of(row.State), Word(row.Outcome), Word(row.Host));
            var stateAt = Math.Max(row.StateAt, 0);
            if (row.IsNew)
            {
                _add.Run(row.Id, row.MessageId, row.At, type, state, outcome, host, stateAt, row.Rank, row.Attempt, row.Attempts, row.RunMicroseconds, row.Error);
            }
            else
            {
                _change.Run(row.Id, type, state, outcome, host, stateAt, row.Rank, row.Attempt, row.Attempts, row.RunMicroseconds, row.Error);
            }
        }

        return [.. _touched.Keys];
    }

    public void Dispose()
    {
        _last.Dispose();
        _find.Dispose();
        _add.Dispose();
        _change.Dispose();
    }

    private TaskRow? Find(string messageId)
    {
        using var rows = _find.Rows(messageId);
        return rows.Read()
            ? new TaskRow(rows.GetInt64(0), messageId, rows.GetInt64(1))
            {
                Type = rows.TextOrNull(2),
                State = rows.GetString(3),
                Outcome = rows.TextOrNull(4),
                Host = rows.TextOrNull(5),
                StateAt = rows.GetInt64(6),
                Rank = rows.GetInt32(7),
                Attempt = (int?)rows.NumberOrNull(8),
                Attempts = rows.GetInt32(9),
                RunMicroseconds = rows.NumberOrNull(10),
                Error = rows.TextOrNull(11),
            }
            : null;
    }

    private long? Word(string? text) => text is null ? null : words.Of(text);
}
