using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Audit;

/// <summary>Who did what, kept on disk: the newest 100,000 entries of the last year.</summary>
/// <remarks>An action is never refused because it cannot be written down, nor held up for longer than a second; the log of the service says so then. May be used from several threads.</remarks>
internal sealed class AuditLog : IAsyncDisposable
{
    private const int MostWaiting = 1000, MostKept = 100_000, TidyInterval = 500;

    private static readonly TimeSpan Kept = TimeSpan.FromDays(365), Patience = TimeSpan.FromSeconds(1), LastMoments = TimeSpan.FromSeconds(5);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Channel<(AuditEntry Entry, TaskCompletionSource<long?> Number)> _waiting =
        Channel.CreateBounded<(AuditEntry, TaskCompletionSource<long?>)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _writing;

    // One connection, which one may use at a time.
    private readonly Lock _using = new();
    private int _untidied = TidyInterval;

    private AuditLog(SqliteConnection connection, TimeProvider time, ILogger logger)
    {
        (_connection, _time, _logger) = (connection, time, logger);
        _writing = WriteAsync();
    }

    /// <summary>Opens it.</summary>
    /// <param name="folder">The folder of <c>web.db</c>.</param>
    /// <inheritdoc cref="WebDatabase.Open" path="/exception"/>
    public static AuditLog Open(string folder, TimeProvider time, ILogger logger) => new(
        WebDatabase.Open(folder, Patience, """
            CREATE TABLE IF NOT EXISTS audit (
                id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, count INTEGER, outcome TEXT NOT NULL, items TEXT NOT NULL);
            """),
        time,
        logger);

    /// <summary>Writes down what somebody has done.</summary>
    /// <param name="entry">What.</param>
    /// <returns>Its number; <see langword="null"/> where it could not be kept, or not in time.</returns>
    public async Task<long?> NoteAsync(AuditEntry entry)
    {
        var number = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var bounded = entry.Bounded() with { At = _time.GetUtcNow().ToUnixTimeMilliseconds() };
        if (!_waiting.Writer.TryWrite((bounded, number)))
        {
            _logger.NotAudited(bounded.Who, bounded.Action, bounded.Target, "too many wait to be written");
            return null;
        }

        try
        {
            return await number.Task.WaitAsync(Patience, _time);
        }
        catch (TimeoutException)
        {
            // It is written when it can be.
            return null;
        }
    }

    /// <summary>Does something and writes down what came of it, also when it fails.</summary>
    /// <param name="entry">What is done.</param>
    /// <param name="act">Does it, and returns the entry with what came of it.</param>
    /// <returns>What <paramref name="act"/> returns, and the number of the entry.</returns>
    public async Task<(T Result, long? Number)> DoAsync<T>(AuditEntry entry, Func<Task<(T Result, AuditEntry Entry)>> act)
    {
        try
        {
            var (result, done) = await act();
            return (result, await NoteAsync(done));
        }
        catch (Exception e)
        {
            // Whatever it is: it is thrown on.
            await NoteAsync(entry with { Outcome = AuditOutcomes.Failed, Items = [new AuditItem("", IsDone: false, e.Message)] });
            throw;
        }
    }

    /// <summary>The entries, the newest first.</summary>
    /// <param name="query">Which.</param>
    /// <param name="limit">The most.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>They; where there may be more, the number of the last is where to go on.</returns>
    /// <exception cref="HistoryUnreadableException">They cannot be read.</exception>
    public Task<List<AuditEntry>> FindAsync(AuditQuery query, int limit, CancellationToken cancellationToken) => ReadAsync(
        """
        WHERE id < $before AND ($who IS NULL OR who = $who) AND ($action IS NULL OR action = $action) AND ($outcome IS NULL OR outcome = $outcome)
            AND ($target IS NULL OR instr(target, $target) > 0)
        ORDER BY id DESC LIMIT $limit
        """,
        [("$before", query.Before ?? long.MaxValue), ("$who", query.Who), ("$action", query.Action), ("$outcome", query.Outcome), ("$target", query.Target), ("$limit", limit)],
        cancellationToken);

    /// <summary>An entry.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public async Task<AuditEntry?> GetAsync(long number, CancellationToken cancellationToken) =>
        (await ReadAsync("WHERE id = $number", [("$number", number)], cancellationToken)).FirstOrDefault();

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.Complete();
        await _writing.WaitAsync(LastMoments, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_using)
        {
            _connection.Dispose();
        }
    }

    private async Task WriteAsync()
    {
        // Off the thread of whoever opens it, and of whoever waits: each entry waits for the disk.
        await Task.Yield();
        await foreach (var (entry, number) in _waiting.Reader.ReadAllAsync())
        {
            try
            {
                number.SetResult(Write(entry));
            }
            catch (Exception e)
            {
                // The edge of a loop: one entry that cannot be written keeps no other from it.
                _logger.NotAudited(entry.Who, entry.Action, entry.Target, e.Message);
                number.SetResult(null);
            }
        }
    }

    private long Write(AuditEntry entry)
    {
        lock (_using)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "INSERT INTO audit (at, who, address, action, target, count, outcome, items) VALUES ($at, $who, $address, $action, $target, $count, $outcome, $items) RETURNING id";
            command.Parameters.AddWithValue("$at", entry.At);
            command.Parameters.AddWithValue("$who", entry.Who);
            command.Parameters.AddWithValue("$address", entry.Address);
            command.Parameters.AddWithValue("$action", entry.Action);
            command.Parameters.AddWithValue("$target", entry.Target);
            command.Parameters.AddWithValue("$count", (object?)entry.Count ?? DBNull.Value);
            command.Parameters.AddWithValue("$outcome", entry.Outcome);
            command.Parameters.AddWithValue("$items", JsonSerializer.Serialize(entry.Items, Json));
            var number = (long)command.ExecuteScalar()!;
            Tidy(number);
            return number;
        }
    }

    private void Tidy(long newest)
    {
        if (++_untidied < TidyInterval)
        {
            return;
        }

        _untidied = 0;
        using var command = _connection.CreateCommand();
        command.CommandText = "DELETE FROM audit WHERE id <= $last OR at < $before";
        command.Parameters.AddWithValue("$last", newest - MostKept);
        command.Parameters.AddWithValue("$before", (_time.GetUtcNow() - Kept).ToUnixTimeMilliseconds());
        command.ExecuteNonQuery();
    }

    private Task<List<AuditEntry>> ReadAsync(string where, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            try
            {
                return Read(where, parameters);
            }
            catch (SqliteException e)
            {
                throw new HistoryUnreadableException(e.Message, e);
            }
        },
        cancellationToken);

    private List<AuditEntry> Read(string where, (string Name, object? Value)[] parameters)
    {
        lock (_using)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = $"SELECT id, at, who, address, action, target, count, outcome, items FROM audit {where}";
            foreach (var (name, value) in parameters)
            {
                command.Parameters.AddWithValue(name, value ?? DBNull.Value);
            }

            var found = new List<AuditEntry>();
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                found.Add(new AuditEntry(rows.GetString(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), rows.GetString(7))
                {
                    Number = rows.GetInt64(0),
                    At = rows.GetInt64(1),
                    Count = rows.NumberOrNull(6),
                    Items = JsonSerializer.Deserialize<List<AuditItem>>(rows.GetString(8), Json) ?? [],
                });
            }

            return found;
        }
    }
}
