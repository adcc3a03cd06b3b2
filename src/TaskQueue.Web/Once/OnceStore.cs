using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace TaskQueue.Web.Once;

/// <summary>Remembers for a day which requests with a key were done, over restarts, so that a repetition does nothing.</summary>
/// <remarks>A key is kept when its task is the broker's. Should the service end in between, the repetition sends the task again, with the same message id.</remarks>
internal sealed class OnceStore : IDisposable
{
    // https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ leaves it to the server.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1), TidyInterval = TimeSpan.FromMinutes(1), Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Owner, string Text), Task> _underWay = [];
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // SQLite writes one at a time, and each waits for the disk.
    private readonly Lock _writing = new();
    private readonly SqliteConnection _connection;
    private long _tidied;

    private OnceStore(SqliteConnection connection, TimeProvider time, ILogger logger) =>
        (_connection, _time, _logger, _tidied) = (connection, time, logger, time.GetTimestamp());

    /// <summary>What keeps the database.</summary>
    public static string Engine
    {
        get
        {
            Batteries_V2.Init();
            return $"SQLite {raw.sqlite3_libversion().utf8_to_string()}";
        }
    }

    /// <summary>Opens it.</summary>
    /// <param name="folder">The folder of <c>web.db</c>.</param>
    /// <inheritdoc cref="WebDatabase.Open" path="/exception"/>
    public static OnceStore Open(string folder, TimeProvider time, ILogger logger)
    {
        var connection = WebDatabase.Open(folder, Patience, """
            CREATE TABLE IF NOT EXISTS once (owner TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (owner, key)) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS once_at ON once (at);
            """);
        return new OnceStore(connection, time, logger);
    }

    /// <summary>Does something, unless a request with the same key has done it, and waits for one that is about to.</summary>
    /// <param name="key">The key.</param>
    /// <param name="act">Sends the task.</param>
    /// <param name="cancellationToken">Stops waiting for another request.</param>
    /// <returns>Whether it was done now.</returns>
    /// <exception cref="BadHttpRequestException">The key was used for something else.</exception>
    public async Task<bool> DoAsync(OnceKey key, Func<Task> act, CancellationToken cancellationToken)
    {
        var name = (key.Owner, key.Text);
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_underWay.GetOrAdd(name, mine.Task) is var other && other != mine.Task)
        {
            await other.WaitAsync(cancellationToken);
        }

        try
        {
            if (await Task.Run(() => IsDone(key), cancellationToken))
            {
                return false;
            }

            await act();
            await Task.Run(() => TryKeep(key), CancellationToken.None);
            return true;
        }
        finally
        {
            _underWay.TryRemove(name, out _);
            mine.SetResult();
        }
    }

    public void Dispose() => _connection.Dispose();

    private bool IsDone(OnceKey key)
    {
        lock (_writing)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT digest FROM once WHERE owner = $owner AND key = $key AND at > $since";
            Name(command, key);
            command.Parameters.AddWithValue("$since", (_time.GetUtcNow() - Kept).ToUnixTimeSeconds());
            return command.ExecuteScalar() switch
            {
                null => false,
                byte[] digest when digest.AsSpan().SequenceEqual(key.Digest) => true,
                _ => throw Problems.Bad($"The key \"{key.Text}\" was used for another task within a day; a key stands for one request.", StatusCodes.Status422UnprocessableEntity),
            };
        }
    }

    private void TryKeep(OnceKey key)
    {
        try
        {
            lock (_writing)
            {
                Tidy();
                using var command = _connection.CreateCommand();
                command.CommandText = "INSERT OR REPLACE INTO once (owner, key, digest, at) VALUES ($owner, $key, $digest, $at)";
                Name(command, key);
                command.Parameters.AddWithValue("$digest", key.Digest);
                command.Parameters.AddWithValue("$at", _time.GetUtcNow().ToUnixTimeSeconds());
                command.ExecuteNonQuery();
            }
        }
        catch (SqliteException e)
        {
            // The task is the broker's: whoever sent it is told so.
            _logger.KeyNotKept(key.MessageId(), e.Message);
        }
    }

    private void Tidy()
    {
        if (_time.GetElapsedTime(_tidied) < TidyInterval)
        {
            return;
        }

        _tidied = _time.GetTimestamp();
        using var command = _connection.CreateCommand();
        command.CommandText = "DELETE FROM once WHERE at <= $before";
        command.Parameters.AddWithValue("$before", (_time.GetUtcNow() - Kept).ToUnixTimeSeconds());
        command.ExecuteNonQuery();
    }

    private static void Name(SqliteCommand command, OnceKey key)
    {
        command.Parameters.AddWithValue("$owner", key.Owner);
        command.Parameters.AddWithValue("$key", key.Text);
    }
}
