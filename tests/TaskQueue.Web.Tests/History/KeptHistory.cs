using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Tests.History;

/// <summary>A history in a folder of the test.</summary>
internal sealed class KeptHistory : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-history-");
    private readonly HistoryOptions _options;
    private readonly TimeProvider _time;

    public KeptHistory(HistoryOptions? options = null, TimeProvider? time = null)
    {
        (_options, _time) = (options ?? new HistoryOptions(), time ?? new FakeTimeProvider(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1)));
        Store = Open();
    }

    public HistoryStore Store { get; private set; }

    public string Path => System.IO.Path.Combine(_folder.FullName, HistoryStore.FileName);

    /// <summary>What the database and its log have of the disk.</summary>
    public long Bytes => _folder.EnumerateFiles().Sum(file => file.Length);

    /// <summary>A batch of a service.</summary>
    public static EventBatch Batch(long first, params IReadOnlyList<TaskEvent> events) => Batch("s1", first, events);

    /// <summary>A batch of a service.</summary>
    public static EventBatch Batch(string source, long first, params IReadOnlyList<TaskEvent> events) => new(source, first)
    {
        Service = "workerpool",
        Host = "host1",
        Pid = 1,
        Started = 1,
        Sent = events.Count == 0 ? 1 : events.Max(told => told.At) + 1,
        Events = events,
    };

    /// <summary>A run that began.</summary>
    public static TaskEvent Started(string id, long at, string type = "resize", int attempt = 1) =>
        new(TaskEventKinds.Started, at) { Id = id, Type = type, Attempt = attempt, Worker = type + "#1", Pid = 7, User = "nobody", Plugin = "abc" };

    /// <summary>A run that ended.</summary>
    public static TaskEvent Ended(string id, long at, string outcome = "success", string type = "resize", int attempt = 1, string? error = null) =>
        new(TaskEventKinds.Ended, at) { Id = id, Type = type, Attempt = attempt, Worker = type + "#1", Pid = 7, Outcome = outcome, RunMilliseconds = 1.5, Error = error };

    /// <summary>As after a crash of the service: what was committed is there.</summary>
    public void Reopen()
    {
        Store.Dispose();
        Store = Open();
    }

    public void Write(params IReadOnlyList<EventBatch> batches) => Assert.NotNull(Store.TryWrite(batches));

    public async Task<List<HistoryTask>> AllAsync(HistoryQuery query, Action? between = null)
    {
        var all = new List<HistoryTask>();
        while (true)
        {
            var page = await Store.Reader.FindAsync(query, TestContext.Current.CancellationToken);
            all.AddRange(page.Tasks);
            if (page.Next is null)
            {
                return all;
            }

            query = query with { Before = page.Next };
            between?.Invoke();
        }
    }

    /// <summary>A number that the database has.</summary>
    public long Number(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder.Delete(recursive: true);
    }

    private HistoryStore Open() => HistoryStore.Open(_folder.FullName, _options, _time, NullLogger.Instance);
}
