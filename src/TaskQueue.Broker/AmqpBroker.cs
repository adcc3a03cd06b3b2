using System.Net;
using TaskQueue.Broker.Connections;
using TaskQueue.Broker.Engine;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Storage.Sqlite;

namespace TaskQueue.Broker;

/// <summary>An AMQP 0-9-1 server within this process.</summary>
public sealed class AmqpBroker : IAsyncDisposable
{
    // How long clients have to answer that their connection is closed.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly BrokerEngine _engine;
    private readonly IMessageStore? _store;
    private readonly List<Listener> _listeners = [];
    private readonly AmqpBrokerOptions _options;

    private AmqpBroker(AmqpBrokerOptions options, IMessageStore? store)
    {
        (_options, _store) = (options, store);
        _engine = new BrokerEngine(
            new BrokerLimits(options.MemoryLimitBytes, options.MaxMessageBytes, options.MaxQueues, (long)options.ConsumerTimeout.TotalMilliseconds),
            store,
            options.Access,
            options.Time,
            options.Logger);
    }

    /// <summary>Where it listens, in the order of the options: without TLS first.</summary>
    public IReadOnlyList<EndPoint> Endpoints => [.. _listeners.Select(listener => listener.Endpoint)];

    /// <summary>Ends, with an exception, when the broker cannot go on: from then on nothing is confirmed, and it has to be disposed of.</summary>
    public Task Failed => _engine.Failed;

    /// <summary>Starts a broker.</summary>
    /// <exception cref="IOException">An address cannot be had.</exception>
    /// <exception cref="StoreException">The database cannot be used; the message says why.</exception>
    public static Task<AmqpBroker> StartAsync(AmqpBrokerOptions options) => StartAsync(
        options,
        options.Database is { } file ? new SqliteMessageStore(new SqliteStoreOptions { File = file, DiskFreeLimit = options.DiskFreeLimitBytes }) : null);

    /// <summary>Starts a broker upon a store, which is its own from now on.</summary>
    internal static async Task<AmqpBroker> StartAsync(AmqpBrokerOptions options, IMessageStore? store)
    {
        AmqpBroker? broker = null;
        try
        {
            broker = new AmqpBroker(options, store);
            broker.Listen();
            return broker;
        }
        catch
        {
            // What could not be loaded holds its files.
            if (((IAsyncDisposable?)broker ?? store) is { } opened)
            {
                await opened.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Writes a consistent copy of what is durable, while the broker goes on. A broker that is started with the copy has all of it.</summary>
    /// <param name="file">A file that is not there yet.</param>
    /// <exception cref="StoreException">The file exists, or cannot be written.</exception>
    /// <exception cref="InvalidOperationException">This broker keeps nothing.</exception>
    public Task BackupAsync(string file, CancellationToken cancellationToken) =>
        (_store ?? throw new InvalidOperationException("This broker has no database.")).BackupAsync(file, cancellationToken);

    /// <summary>Completes when the broker gets to it, as it would to what a client asks.</summary>
    public Task AnswerAsync() => _engine.AskAsync(() => true);

    /// <summary>The version of SQLite that keeps messages.</summary>
    public static string StoreVersion
    {
        get
        {
            SQLitePCL.Batteries_V2.Init();
            return SQLitePCL.raw.sqlite3_libversion().utf8_to_string();
        }
    }

    /// <summary>All queues, by name.</summary>
    public Task<IReadOnlyList<QueueInfo>> ListQueuesAsync() => _engine.AskAsync<IReadOnlyList<QueueInfo>>(() =>
        [.. _engine.Topology.Queues.OrderBy(queue => queue.Name, StringComparer.Ordinal).Select(queue => new QueueInfo(
            queue.Name, queue.Arguments.IsQuorum ? "quorum" : "classic", queue.DeclaredDurable, queue.Ready, queue.Unacked, queue.Consumers.Count))]);

    /// <summary>Deletes a queue in which nothing is; its consumers hear of it as of any deletion.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Why it is not deleted; <see langword="null"/> when it is.</returns>
    public Task<string?> DeleteEmptyQueueAsync(string name) => _engine.AskAsync(() =>
    {
        if (_engine.Topology.FindQueue(name) is not { } queue)
        {
            return $"there is no queue {name}";
        }

        if (queue.Ready + queue.Unacked > 0)
        {
            return $"queue {name} is not empty: {(queue.Ready == 1 ? "1 message waits" : $"{queue.Ready:N0} messages wait")}, and {queue.Unacked:N0} {(queue.Unacked == 1 ? "is" : "are")} in somebody's hands";
        }

        _engine.Topology.DeleteQueue(queue);
        return null;
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(_engine.CloseAsync(), Task.Delay(Farewell, TimeProvider.System));
        await Task.WhenAll(_listeners.Select(listener => listener.DisposeAsync().AsTask()));
        while (!_engine.Failed.IsCompleted && !await _engine.AskAsync(() => _engine.Persistence.IsIdle))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        _engine.Dispose();
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }

    private void Listen()
    {
        var strangers = new Strangers();
        foreach (var endpoint in _options.Listen)
        {
            _listeners.Add(new Listener(endpoint, tls: null, strangers, _engine, _options.Time, _options.Logger));
        }

        foreach (var endpoint in _options.ListenTls)
        {
            _listeners.Add(new Listener(endpoint, _options.Tls, strangers, _engine, _options.Time, _options.Logger));
        }
    }
}

/// <summary>A queue and what is in it.</summary>
/// <param name="Type"><c>classic</c> or <c>quorum</c>.</param>
/// <param name="Ready">Messages that wait.</param>
/// <param name="Unacked">Messages that somebody has in hand.</param>
public sealed record QueueInfo(string Name, string Type, bool IsDurable, long Ready, long Unacked, int Consumers);
