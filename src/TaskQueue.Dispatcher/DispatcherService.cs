using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Dispatcher.Delays;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Dispatcher;

/// <summary>The dispatcher: connects, forwards until it is asked to stop, and begins anew with each new configuration.</summary>
internal sealed class DispatcherService(ServiceContext context)
{
    // Enough to keep the broker busy while confirms are under way; what is not acknowledged goes to another dispatcher
    // when this one dies.
    private const int Prefetch = 1000;

    // Fewer, since the bodies of delayed messages are kept in memory until they are confirmed.
    private const int DelayedPrefetch = 256;

    private readonly ILogger _logger = context.Logging.CreateLogger<DispatcherService>();

    // These outlive a reload, which connects anew.
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly ServiceIdentity _identity = ServiceIdentity.New("dispatcher");
    private int _earlierConnections;

    public static Task RunAsync(ServiceContext context) => new DispatcherService(context).RunAsync();

    private async Task RunAsync()
    {
        await using var watch = new ServiceWatch(context, _identity, DispatcherTelemetry.Name, _ledger) { Status = Status };
        TaskQueueConfiguration? configuration = context.Configuration;
        while (configuration is not null)
        {
            configuration = await RunWithAsync(configuration, watch);
        }
    }

    private string Status() =>
        $"Dispatching; {_ledger.Extract(connections: 0).Queues.Values.Sum(queue => queue.Forwarded)} messages forwarded so far";

    /// <summary>Dispatches until a stop or a new configuration, which it returns.</summary>
    private async Task<TaskQueueConfiguration?> RunWithAsync(TaskQueueConfiguration configuration, ServiceWatch watch)
    {
        var stopTaking = context.Signals.StopTaking;
        var formats = PluginFormats.Load(configuration.Service.PluginDir);
        foreach (var problem in formats.Problems)
        {
            _logger.FormatUnusable(problem);
        }

        var queues = new QueueNames(configuration.Broker.QueuePrefix);
        watch.OtherQueues = () => [queues.Rejected, queues.Unroutable];
        var queueType = configuration.Broker.QueueType;
        var router = new MessageRouter(
            new WorkItemFormats(configuration.Service.WorkItemTypeMap, configuration.Service.DefaultWorkItemType, formats.Formats),
            queues);

        await using var broker = new RabbitMqBroker(
            configuration.Broker with { ConnectionName = $"taskqueue-dispatcher {Environment.MachineName} {Environment.ProcessId}" },
            context.Logging,
            TimeProvider.System);
        watch.Use(broker);
        await broker.ConnectAsync(stopTaking);
        var delays = new DelayQueues(queues, queueType, TimeProvider.System);
        var tasks = new QueueDefinition(queues.TaskQueue, queueType) { Door = queues.Door };
        foreach (var queue in (IEnumerable<QueueDefinition>)[tasks, new(queues.Rejected, queueType), new(queues.Unroutable, queueType), delays.Entrance])
        {
            await broker.DeclareQueueAsync(queue, stopTaking);
        }

        var forwarder = new Forwarder(broker, router, queues, queueType, _ledger, TimeProvider.System, context.Logging.CreateLogger<Forwarder>());
        var offers = new UnroutableOffers(
            broker, forwarder, queues, configuration.Service.UnroutableTtl, TimeProvider.System, context.Logging.CreateLogger<UnroutableOffers>());
        using var stopOffers = CancellationTokenSource.CreateLinkedTokenSource(stopTaking);
        using var stopDetours = new CancellationTokenSource();
        var detoursLoop = forwarder.RunDetoursAsync(stopDetours.Token);
        await using var consumer = await broker.ConsumeAsync(
            tasks,
            new ConsumerOptions(Prefetch) { KeepBodies = false },
            forwarder.OnDeliveryAsync,
            stopTaking);
        await using var delayed = new DelayedForwarder(
            broker, delays, _ledger, TimeProvider.System, context.Logging.CreateLogger<DelayedForwarder>());
        await using var delayedConsumer = await broker.ConsumeAsync(
            delays.Entrance, new ConsumerOptions(DelayedPrefetch), delayed.OnDeliveryAsync, stopTaking);
        var told = new TaskCompletionSource<TaskQueueConfiguration>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var control = ControlListener.Start(
            broker,
            queues,
            _identity,
            Commands(configuration, broker, told),
            () => configuration.Service.AllowControl,
            () => new ControlUsers(configuration.Broker.User, configuration.Service.ControlUsers),
            context.Logging.CreateLogger<ControlListener>());
        _ledger.Of(queues.TaskQueue).Subscribed();
        _ledger.Of(delays.Entrance.Name).Subscribed();
        var offersLoop = offers.RunAsync(stopOffers.Token);
        watch.Health.Watch("the loop of messages that have no queue", detoursLoop, stopDetours.Token);
        watch.Health.Watch("the loop that offers them again", offersLoop, stopOffers.Token);
        _logger.Dispatching(queues.TaskQueue);
        watch.Serving();

        var next = await WaitForChangeAsync(told.Task, watch);

        _ledger.Of(queues.TaskQueue).Unsubscribed();
        _ledger.Of(delays.Entrance.Name).Unsubscribed();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.Signals.AbortRunning);
        deadline.CancelAfter(configuration.Service.ShutdownTimeout);
        try
        {
            await stopOffers.CancelAsync();
            await EndOfAsync(offersLoop);
            await Task.WhenAll(consumer.PauseAsync(deadline.Token), delayedConsumer.PauseAsync(deadline.Token));
            await Task.WhenAll(forwarder.DrainAsync(deadline.Token), delayed.DrainAsync(deadline.Token));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // What is still unconfirmed goes back to the queue with the connection; a copy may have arrived.
            _logger.StoppedEarly();
        }

        await stopDetours.CancelAsync();
        await EndOfAsync(detoursLoop);
        _earlierConnections += broker.Connections;
        _logger.Stopped();
        return next;
    }

    private Dictionary<string, ControlCommand> Commands(
        TaskQueueConfiguration configuration, RabbitMqBroker broker, TaskCompletionSource<TaskQueueConfiguration> told)
    {
        var commands = ServiceCommands.Make(
            context.LogLevel,
            _ledger,
            () => _ledger.Extract(_earlierConnections + broker.Connections),
            (report, _) => Task.FromResult(report.Over(broker, _earlierConnections) with { AllowControl = configuration.Service.AllowControl }));
        foreach (var (name, command) in ServiceCommands.WithoutWorkers())
        {
            commands.Add(name, command);
        }

        commands.Add(ControlCommands.Reload, new ControlCommand(Steers: true, (_, _) => Task.FromResult(Reload(told))));
        return commands;
    }

    private ControlReply Reload(TaskCompletionSource<TaskQueueConfiguration> told)
    {
        try
        {
            var configuration = context.Reload();
            return new ControlReply(ControlAnswer.ToJson(new SteeringReport(Done: true, "connects anew, with the new configuration")))
            {
                // It takes the connection away that the answer goes out on.
                Afterwards = () => told.TrySetResult(configuration),
            };
        }
        catch (ConfigurationException e)
        {
            _logger.ReloadRefused(e.Message);
            throw new ControlRefusedException($"the new configuration is not used: {e.Message}", e);
        }
    }

    /// <summary>Waits for a request to stop (and returns <see langword="null"/>) or for a configuration that is sound.</summary>
    private async Task<TaskQueueConfiguration?> WaitForChangeAsync(Task<TaskQueueConfiguration> told, ServiceWatch watch)
    {
        while (true)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(context.Signals.StopTaking);
            try
            {
                var signal = context.Signals.WaitForReloadAsync(enough.Token);
                if (await Task.WhenAny(signal, told) == told)
                {
                    await enough.CancelAsync();
                    _logger.Reloading();
                    watch.Health.Paused("it begins anew with a new configuration");
                    return await told;
                }

                await signal;
                watch.Reloading();
                var configuration = context.Reload();
                _logger.Reloading();
                watch.Health.Paused("it begins anew with a new configuration");
                return configuration;
            }
            catch (OperationCanceledException) when (context.Signals.StopTaking.IsCancellationRequested)
            {
                return null;
            }
            catch (ConfigurationException e)
            {
                _logger.ReloadRefused(e.Message);
                watch.Serving();
            }
        }
    }

    private static async Task EndOfAsync(Task loop)
    {
        try
        {
            await loop;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }
    }
}
