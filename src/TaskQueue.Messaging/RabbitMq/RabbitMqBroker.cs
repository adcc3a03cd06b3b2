using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Messaging.Diagnosis;
using TaskQueue.Messaging.RabbitMq.Progress;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>RabbitMQ, 3.10 to 4.x, over AMQP 0-9-1.</summary>
/// <remarks>
/// One session at a time, which <see cref="Sessions"/> keeps open: a connection with a channel to publish on, and another with a channel
/// for commands about queues and one channel for each queue that is consumed from, however many consumers share it.
/// </remarks>
public sealed class RabbitMqBroker : IBroker, IDiagnosableBroker
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    // Of five seconds in all; the session has the others.
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Sessions _sessions;
    private readonly Declaring _declaring;
    private readonly Publisher _publisher;
    private readonly SingleGets _gets;
    private readonly ProgressWatch _watch;

    // Protects the two below.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, QueueSubscriptions> _subscriptions = new(StringComparer.Ordinal);
    private readonly QueueNames _names;
    private readonly QueueType _queueType;
    private bool _disposed;

    private int _connections;

    /// <summary>A broker that is not connected yet.</summary>
    /// <param name="options">How to reach it.</param>
    /// <param name="logging">Where to log.</param>
    /// <param name="time">The clock of retries.</param>
    public RabbitMqBroker(BrokerOptions options, ILoggerFactory logging, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logging);
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        (_names, _queueType) = (new QueueNames(options.QueuePrefix), options.QueueType);
        _logger = logging.CreateLogger<RabbitMqBroker>();
        _sessions = new Sessions(new SessionConnector(options, time, _logger), time, _logger);
        _sessions.Began += (_, _) => Interlocked.Increment(ref _connections);
        _declaring = new Declaring(_logger);
        _publisher = new Publisher(_sessions, options.User, time, _logger);
        _gets = new SingleGets(_logger);
        _watch = new ProgressWatch(_sessions, _publisher, Subscriptions, options.ProgressInterval, time, _logger);
    }

    /// <summary>How many connections it has had. What was on its way when one ended may have arrived or not.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How many messages have been sent that the broker has not answered yet.</summary>
    public int ConfirmsOutstanding => _publisher.Unanswered;

    /// <summary>Host and port that it is connected to; <see langword="null"/> while it is not.</summary>
    public string? Host => _sessions.Current?.Host;

    /// <summary>Queues that somebody wants to consume from and is not subscribed to, and why. Empty while there is no connection.</summary>
    public IReadOnlyDictionary<string, string> UnservedQueues => _sessions.Current is null
        ? new Dictionary<string, string>(StringComparer.Ordinal)
        : Subscriptions()
            .Select(queue => KeyValuePair.Create(queue.Name, queue.Progress.Trouble?.Reason ?? ""))
            .Where(queue => queue.Value.Length > 0)
            .ToDictionary(StringComparer.Ordinal);

    /// <inheritdoc/>
    public BrokerHealth Health => _sessions.Health is { IsHealthy: false } disconnected ? disconnected : _watch.Health;

    /// <inheritdoc/>
    public IBrokerDiagnosis Diagnosis => new RabbitMqDiagnosis(_sessions, _time);

    /// <inheritdoc/>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await _sessions.ConnectAsync(cancellationToken);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _watch.Start();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="BrokerRefusedException">We lack the right to declare it, or it belongs to another connection.</exception>
    public Task DeclareQueueAsync(QueueDefinition queue, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return InSessionAsync(
            queue.Name,
            async (session, cancel) =>
            {
                await _declaring.DeclareAsync(session, queue, cancel);
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="BrokerRefusedException">We lack the right to declare it, or one of its name is of another kind.</exception>
    public Task DeclareExchangeAsync(string exchange, CancellationToken cancellationToken) =>
        InSessionAsync(exchange, (session, cancel) => Declaring.DeclareExchangeAsync(session, exchange, cancel), cancellationToken);

    /// <inheritdoc/>
    public ValueTask SendAsync(OutgoingMessage message, IPublishListener listener, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return _publisher.SendAsync(message, listener, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="BrokerRefusedException">We lack the right to consume from it, or it belongs to another connection.</exception>
    public Task<IConsumer> ConsumeAsync(
        QueueDefinition queue, ConsumerOptions options, Func<Delivery, ValueTask> onDelivery, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(onDelivery);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Prefetch, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Prefetch, ushort.MaxValue, nameof(options));
        QueueSubscriptions? subscriptions;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_subscriptions.TryGetValue(queue.Name, out subscriptions))
            {
                subscriptions = new QueueSubscriptions(queue, _sessions, _declaring, _time, _logger);
                _subscriptions.Add(queue.Name, subscriptions);
            }
        }

        return subscriptions.SubscribeAsync(options, onDelivery, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Delivery?> GetAsync(string queue, CancellationToken cancellationToken)
    {
        // A basic.get from a queue that does not exist closes its channel, and with it gives back what others have fetched there.
        if (await InspectQueueAsync(queue, cancellationToken) is null)
        {
            return null;
        }

        return await InSessionAsync(queue, (session, cancel) => _gets.GetAsync(session, queue, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>All come back in their order, to their places.</remarks>
    public async Task<IBrowser?> BrowseAsync(string queue, BrowseOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return await InspectQueueAsync(queue, cancellationToken) is { } state
            ? await InSessionAsync(
                queue, (session, cancel) => RabbitMqBrowser.OpenAsync(session, _names.Definition(queue, _queueType), state, options, this.PublishAsync, _time, cancel), cancellationToken)
            : null;
    }

    /// <inheritdoc/>
    public Task<QueueState?> InspectQueueAsync(string queue, CancellationToken cancellationToken) =>
        InSessionAsync<QueueState?>(
            queue,
            async (session, cancel) =>
            {
                try
                {
                    var ok = await session.Admin.RunAsync((channel, c) => channel.QueueDeclarePassiveAsync(queue, c), cancel);
                    return new QueueState(ok.MessageCount, (int)ok.ConsumerCount);
                }
                catch (OperationInterruptedException e) when (ClientFaults.IsNoSuchQueue(e))
                {
                    return null;
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<long> PurgeQueueAsync(string queue, CancellationToken cancellationToken) =>
        InSessionAsync<long>(
            queue,
            async (session, cancel) =>
            {
                try
                {
                    return await session.Admin.RunAsync((channel, c) => channel.QueuePurgeAsync(queue, c), cancel);
                }
                catch (OperationInterruptedException e) when (ClientFaults.IsNoSuchQueue(e))
                {
                    return 0;
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task DeleteQueueAsync(string queue, CancellationToken cancellationToken) =>
        InSessionAsync(
            queue,
            (session, cancel) => session.Admin.RunAsync(
                (channel, c) => channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, cancellationToken: c), cancel),
            cancellationToken);

    /// <summary>Sends what is settled, closes the connection, and gives up after a few seconds if the broker does not answer.</summary>
    /// <returns>A task that completes when the connection is closed. Unsettled deliveries are back in their queues, unanswered
    /// messages are reported as <see cref="PublishOutcome.Lost"/>.</returns>
    public async ValueTask DisposeAsync()
    {
        QueueSubscriptions[] subscriptions;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            subscriptions = [.. _subscriptions.Values];
        }

        await _watch.DisposeAsync();
        try
        {
            await Task.WhenAll([.. subscriptions.Select(s => s.DisposeAsync().AsTask()), _gets.DisposeAsync().AsTask()])
                .WaitAsync(FlushTimeout, _time);
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e))
        {
            // The broker does not answer; what is settled and not sent is delivered again, to us or somebody else.
            _logger.CloseFailed(e, _sessions.Current?.Host ?? "the broker");
        }

        await _sessions.DisposeAsync();
        await _publisher.DisposeAsync();
    }

    private QueueSubscriptions[] Subscriptions()
    {
        lock (_lock)
        {
            return [.. _subscriptions.Values];
        }
    }

    /// <summary>Carries out a command that may be repeated, in this session or, when it ends meanwhile, in a later one.</summary>
    private async Task<T> InSessionAsync<T>(
        string queue, Func<Session, CancellationToken, Task<T>> command, CancellationToken cancellationToken)
    {
        while (true)
        {
            var session = await _sessions.CurrentAsync(cancellationToken);
            try
            {
                return await command(session, cancellationToken);
            }
            catch (Exception e) when (!session.HasEnded && ClientFaults.IsRefusal(e))
            {
                throw QueueRefusal.Of(queue, e);
            }
            catch (Exception e) when (ClientFaults.IsInterruptionNotBy(e, cancellationToken))
            {
                await Task.Delay(RetryDelay, _time, cancellationToken);
            }
        }
    }
}
