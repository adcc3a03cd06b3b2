using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>Reads the history, over a few connections of its own, each for a moment: a reader that stays keeps the log from being emptied.</summary>
/// <remarks>May be used from several threads.</remarks>
/// <param name="path">The database.</param>
/// <param name="time">The clock.</param>
internal sealed class HistoryReader(string path, TimeProvider time) : IDisposable
{
    private const int Most = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _places = new(Most);
    private Pool _pool = new();

    /// <summary>The tasks that a query finds.</summary>
    /// <exception cref="HistoryUnreadableException">The database cannot be read.</exception>
    public Task<HistoryPage> FindAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        ReadAsync((connection, words) => HistoryPages.Find(connection, query, words, time), cancellationToken);

    /// <summary>A task with all that has happened to it.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public Task<TaskTimeline?> TaskAsync(string messageId, CancellationToken cancellationToken) =>
        ReadAsync((connection, words) => TaskTimeline.Find(connection, messageId, words), cancellationToken);

    /// <summary>What was counted.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public Task<IReadOnlyList<CountPoint>> CountsAsync(CountQuery query, CancellationToken cancellationToken) =>
        ReadAsync((connection, words) => CountPoint.Find(connection, query, words), cancellationToken);

    /// <summary>What the history lacks between two times.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public Task<HistoryCoverage> CoverageAsync(long from, long to, CancellationToken cancellationToken) =>
        ReadAsync((connection, _) => HistoryCoverage.Find(connection, from, to), cancellationToken);

    /// <summary>The services that have told something since a time, and have not said that they end.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public Task<IReadOnlyList<ToldService>> ServicesAsync(long since, CancellationToken cancellationToken) =>
        ReadAsync((connection, _) => ToldService.Find(connection, since), cancellationToken);

    /// <summary>Another file has taken the place of the one that was read so far.</summary>
    public void Renew() => Interlocked.Exchange(ref _pool, new Pool()).Close();

    public void Dispose()
    {
        Renew();
        _places.Dispose();
    }

    private async Task<T> ReadAsync<T>(Func<SqliteConnection, KnownWords, T> read, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(Patience, cancellationToken))
        {
            throw new HistoryUnreadableException("too many read the history at once");
        }

        try
        {
            return await Task.Run(() => Read(read), cancellationToken);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new HistoryUnreadableException(e.Message, e);
        }
        finally
        {
            _places.Release();
        }
    }

    private T Read<T>(Func<SqliteConnection, KnownWords, T> read)
    {
        var pool = Volatile.Read(ref _pool);
        var connection = pool.Take() ?? Open();
        try
        {
            var result = read(connection, new KnownWords(connection, pool.Words));
            pool.Return(connection);
            return result;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 1 }.ConnectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();

            // Not opened read-only: after a crash the log may have to be recovered. And it is not for readers to empty it.
            command.CommandText = "PRAGMA busy_timeout = 1000; PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192;";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The connections to one file that nobody uses right now.</summary>
    private sealed class Pool
    {
        private readonly ConcurrentBag<SqliteConnection> _idle = [];
        private volatile bool _isClosed;

        public ConcurrentDictionary<long, string> Words { get; } = new();

        public SqliteConnection? Take() => _idle.TryTake(out var connection) ? connection : null;

        public void Return(SqliteConnection connection)
        {
            _idle.Add(connection);
            if (_isClosed)
            {
                Close();
            }
        }

        public void Close()
        {
            _isClosed = true;
            while (_idle.TryTake(out var connection))
            {
                connection.Dispose();
            }
        }
    }
}
