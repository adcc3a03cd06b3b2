using Microsoft.Extensions.Logging;
using TaskQueue.Dispatcher.Delays;
using TaskQueue.Dispatcher.Events;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Hosting.Events;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Delays;

/// <summary>What a dispatcher does for delayed messages, over a connection of its own.</summary>
internal sealed class RunningForwarder : IAsyncDisposable
{
    private readonly RabbitMqBroker _broker;
    private readonly DelayedForwarder _forwarder;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _detours;
    private IConsumer? _consumer;

    private RunningForwarder(BrokerOptions options, DelayQueues delays)
    {
        _broker = new RabbitMqBroker(options, Log, TimeProvider.System);
        var (ledger, time, names, formats) = (new ServiceLedger(TimeProvider.System), TimeProvider.System, delays.Names, new WorkItemFormats());
        var rejecting = new Forwarder(
            _broker,
            new MessageRouter(formats, names),
            new AnswerFactory(formats, names, results: null),
            names,
            delays.Entrance.Type,
            ledger,
            new DispatchEvents(new TaskEventLog(time), names, time),
            time,
            new Logger<Forwarder>(Log));
        _detours = rejecting.RunDetoursAsync(_stop.Token);
        _forwarder = new DelayedForwarder(_broker, delays, rejecting, ledger, time, new Logger<DelayedForwarder>(Log));
    }

    public ListLogger Log { get; } = new();

    public static async Task<RunningForwarder> StartAsync(BrokerOptions options, DelayQueues delays)
    {
        var running = new RunningForwarder(options, delays);
        await running._broker.ConnectAsync(TestContext.Current.CancellationToken);
        await running._broker.DeclareQueueAsync(delays.Entrance, TestContext.Current.CancellationToken);
        running._consumer = await running._broker.ConsumeAsync(
            delays.Entrance, new ConsumerOptions(50), running._forwarder.OnDeliveryAsync, TestContext.Current.CancellationToken);
        return running;
    }

    public async ValueTask DisposeAsync()
    {
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        await _forwarder.DisposeAsync();
        await _stop.CancelAsync();
        await _detours.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        await _broker.DisposeAsync();
        Log.Dispose();
    }
}
