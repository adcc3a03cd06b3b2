using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Dispatcher.Delays;
using TaskQueue.Dispatcher.Events;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Events;
using TaskQueue.Hosting.Health;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Dispatcher;

/// <summary>Dispatching with one configuration over one connection.</summary>
/// <remarks>Life cycle: <see cref="ConnectAsync"/>, <see cref="StartAsync"/> (again until the broker lets it consume), <see cref="DrainAsync"/>,
/// disposed of; what is not settled by then goes back to its queue. Any number may run side by side.</remarks>
internal sealed class DispatchSession : IAsyncDisposable
{
    // Enough to keep the broker busy while confirms are under way; what is not acknowledged goes to another dispatcher
    // when this one dies.
    private const int Prefetch = 1000;

    // Fewer, since the bodies of delayed messages are kept in memory until they are confirmed.
    private const int DelayedPrefetch = 256;

    private readonly ServiceContext _context;
    private readonly ServiceLedger _ledger;
    private readonly ILogger _logger;
    private readonly PluginFormats _formats;
    private readonly QueueNames _queues;
    private readonly QueueDefinition[] _needed;
    private readonly Forwarder _forwarder;
    private readonly UnroutableOffers _offers;
    private readonly DelayedForwarder _delayed;
    private readonly (QueueDefinition Queue, ConsumerOptions Options, Func<Delivery, ValueTask> OnDelivery)[] _subscriptions;
    private readonly List<IConsumer> _consumers = [];
    private readonly CancellationTokenSource _stopOffers = new();
    private readonly CancellationTokenSource _stopDetours = new();
    private Task _offersLoop = Task.CompletedTask;
    private Task _detoursLoop = Task.CompletedTask;
    private ControlListener? _control;

    public DispatchSession(ServiceContext context, TaskQueueConfiguration configuration, PluginFormats formats, ServiceLedger ledger, TaskEventLog events)
    {
        (_context, Configuration, _formats, _ledger) = (context, configuration, formats, ledger);
        _logger = context.Logging.CreateLogger<DispatcherService>();
        var (time, queueType) = (TimeProvider.System, configuration.Broker.QueueType);
        _queues = new QueueNames(configuration.Broker.QueuePrefix);
        Broker = new RabbitMqBroker(
            configuration.Broker with { ConnectionName = $"taskqueue-dispatcher {Environment.MachineName} {Environment.ProcessId}" }, context.Logging, time);
        var delays = new DelayQueues(_queues, queueType, time);
        var tasks = new QueueDefinition(_queues.TaskQueue, queueType) { Door = _queues.Door };
        _needed = [tasks, new QueueDefinition(_queues.Rejected, queueType), new QueueDefinition(_queues.Unroutable, queueType), delays.Entrance];
        var workItems = new WorkItemFormats(configuration.Service.WorkItemTypeMap, configuration.Service.DefaultWorkItemType, formats.Formats);
        var results = configuration.Service.RejectedResultsRoutingKey is { } key ? configuration.ResultsKeep.OfResults(_queues, _queues.Results(key), queueType) : null;
        var answers = new AnswerFactory(workItems, _queues, results);
        _forwarder = new Forwarder(Broker, new MessageRouter(workItems, _queues), answers, _queues, queueType, ledger, new DispatchEvents(events, _queues, time), time, context.Logging.CreateLogger<Forwarder>());
        var unreadable = new UnreadableMessages(Broker, () => new QueueDefinition(_queues.Rejected, queueType), Fate.Forwarded, ledger, time, _logger)
        {
            Answer = _forwarder.AnswerLater,
        };
        _offers = new UnroutableOffers(
            Broker, _forwarder, unreadable, _queues, configuration.Service.UnroutableTtl, time, context.Logging.CreateLogger<UnroutableOffers>());
        _delayed = new DelayedForwarder(Broker, delays, _forwarder, ledger, time, context.Logging.CreateLogger<DelayedForwarder>());
        _subscriptions =
        [
            (tasks, new ConsumerOptions(Prefetch) { KeepBodies = false }, unreadable.Before(_forwarder.OnDeliveryAsync)),
            (delays.Entrance, new ConsumerOptions(DelayedPrefetch), unreadable.Before(_delayed.OnDeliveryAsync)),
        ];
    }

    public TaskQueueConfiguration Configuration { get; }

    public RabbitMqBroker Broker { get; }

    /// <summary>Names its queues.</summary>
    public QueueNames Queues => _queues;

    /// <summary>The queues of messages that were not dispatched.</summary>
    public IReadOnlyList<string> OtherQueues => [_queues.Rejected, _queues.Unroutable];

    /// <summary>Connects. Waits as long as no host answers.</summary>
    /// <exception cref="BrokerRefusedException">The broker will not have us at all.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken) => Broker.ConnectAsync(cancellationToken);

    /// <summary>Declares the queues and begins to dispatch.</summary>
    /// <param name="health">Looks after its loops.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerRefusedException">The broker refuses one of the queues. Trying again goes on from there.</exception>
    public async Task StartAsync(ServiceHealth health, CancellationToken cancellationToken)
    {
        foreach (var queue in _needed)
        {
            await Broker.DeclareQueueAsync(queue, cancellationToken);
        }

        if (_detoursLoop.IsCompleted)
        {
            // Before the first delivery, which may need it.
            _detoursLoop = _forwarder.RunDetoursAsync(_stopDetours.Token);
            health.Watch("the loop of messages that have no queue", _detoursLoop, _stopDetours.Token);
        }

        foreach (var (queue, options, onDelivery) in _subscriptions.Skip(_consumers.Count))
        {
            _consumers.Add(await Broker.ConsumeAsync(queue, options, onDelivery, cancellationToken));
            _ledger.Of(queue.Name).Subscribed();
        }

        _offersLoop = _offers.RunAsync(_stopOffers.Token);
        health.Watch("the loop that offers them again", _offersLoop, _stopOffers.Token);
        _logger.Dispatching(_queues.TaskQueue);
    }

    /// <summary>Begins to hear operators.</summary>
    /// <param name="identity">Who answers.</param>
    /// <param name="commands">What to do for each command.</param>
    public void Listen(ServiceIdentity identity, IReadOnlyDictionary<string, ControlCommand> commands) => _control = ControlListener.Start(
        Broker,
        _queues,
        identity,
        commands,
        () => Configuration.Service.AllowControl,
        () => new ControlUsers(Configuration.Broker.User, Configuration.Service.ControlUsers),
        _context.Logging.CreateLogger<ControlListener>());

    /// <summary>Takes nothing more, and settles what it has, for at most <c>shutdown_timeout</c>.</summary>
    /// <param name="abort">Gives back at once what is not settled.</param>
    public async Task DrainAsync(CancellationToken abort)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(abort);
        deadline.CancelAfter(Configuration.Service.ShutdownTimeout);
        try
        {
            await EndAsync(_stopOffers, _offersLoop);
            await Task.WhenAll(_consumers.Select(consumer => consumer.PauseAsync(deadline.Token)));
            await _delayed.DrainAsync(deadline.Token);

            // Last: it gets what the delays reject.
            await _forwarder.DrainAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // What is still unconfirmed goes back to the queue with the connection; a copy may have arrived.
            _logger.StoppedEarly();
        }
    }

    /// <summary>Hears operators no more.</summary>
    public async Task StopListeningAsync()
    {
        if (_control is { } control)
        {
            _control = null;
            await control.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_stopOffers, _offersLoop);
        await EndAsync(_stopDetours, _detoursLoop);
        await StopListeningAsync();
        for (var i = 0; i < _consumers.Count; i++)
        {
            await _consumers[i].DisposeAsync();
            _ledger.Of(_subscriptions[i].Queue.Name).Unsubscribed();
        }

        await _delayed.DisposeAsync();
        await Broker.DisposeAsync();
        _formats.Dispose();
        _stopOffers.Dispose();
        _stopDetours.Dispose();
    }

    private static async Task EndAsync(CancellationTokenSource stop, Task loop)
    {
        await stop.CancelAsync();
        try
        {
            await loop;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
    }
}
