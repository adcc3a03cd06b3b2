using Microsoft.Data.Sqlite;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>Writes what services tell, each event once: in one transaction with the events goes which of them have come.</summary>
/// <remarks>After an exception nothing of it is written, and the writer is not to be used any more. Not thread-safe.</remarks>
internal sealed class HistoryWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Words _words;
    private readonly SourceTable _sources;
    private readonly TaskTable _tasks;
    private readonly PreparedCommand _addEvent, _dropProgress, _count;

    /// <summary>A writer.</summary>
    public HistoryWriter(SqliteConnection connection)
    {
        _connection = connection;
        _words = new Words(connection);
        _sources = new SourceTable(connection);
        _tasks = new TaskTable(connection, _words);
        _addEvent = new PreparedCommand(connection, "INSERT OR IGNORE INTO events (task, at, source, number, kind, details) VALUES ($0, $1, $2, $3, $4, $5)", 6);
        _dropProgress = new PreparedCommand(connection, "DELETE FROM events WHERE task = $0 AND source = $1 AND kind = $2", 3);
        _count = new PreparedCommand(
            connection, "INSERT INTO counts (span, start, type, what, n) VALUES (60, $0, $1, $2, $3) ON CONFLICT DO UPDATE SET n = n + excluded.n", 4);
    }

    /// <summary>Writes batches.</summary>
    /// <param name="batches">They.</param>
    /// <returns>The message ids of tasks about which there is news.</returns>
    /// <exception cref="SqliteException">The database cannot be written.</exception>
    public IReadOnlyCollection<string> Write(IEnumerable<EventBatch> batches) => Transaction.Run(_connection, () =>
    {
        _tasks.Begin();
        foreach (var batch in batches)
        {
            Write(batch);
        }

        return _tasks.Flush();
    });

    public void Dispose()
    {
        _words.Dispose();
        _sources.Dispose();
        _tasks.Dispose();
        _addEvent.Dispose();
        _dropProgress.Dispose();
        _count.Dispose();
    }

    private void Write(EventBatch batch)
    {
        var (source, ranges) = _sources.Take(batch);
        foreach (var (first, last) in ranges)
        {
            for (var number = first; number <= last; number++)
            {
                Write(batch, source, number, batch.Events[(int)(number - batch.First)]);
            }
        }
    }

    private void Write(EventBatch batch, long source, long number, TaskEvent told)
    {
        if (!told.CanBeKept())
        {
            return;
        }

        if (told.Kind == TaskEventKinds.Counts)
        {
            Count(told);
            return;
        }

        var task = _tasks.Of(told.Id!, told.At);
        task.Apply(told, batch.Host);
        var kind = _words.Of(told.Kind);
        if (told.Kind == TaskEventKinds.Progress)
        {
            // One of each run is enough, the last: a task may tell for days.
            _dropProgress.Run(task.Id, source, kind);
        }

        _addEvent.Run(task.Id, told.At, source, number, kind, EventDetails.Write(told));
    }

    private void Count(TaskEvent told)
    {
        var start = told.At / 60_000 * 60;
        var type = _words.Of(told.Type!);
        foreach (var (word, count) in told.Counts ?? new Dictionary<string, long>())
        {
            Add(_words.Of(word), count);
        }

        foreach (var (bucket, count) in told.Run ?? new Dictionary<int, long>())
        {
            Add(CountKeys.OfRun(Math.Clamp(bucket, 0, TimeBuckets.Count - 1)), count);
        }

        foreach (var (bucket, count) in told.Wait ?? new Dictionary<int, long>())
        {
            Add(CountKeys.OfWait(Math.Clamp(bucket, 0, TimeBuckets.Count - 1)), count);
        }

        void Add(long what, long count)
        {
            if (count is > 0 and < uint.MaxValue)
            {
                _count.Run(start, type, what, count);
            }
        }
    }
}
