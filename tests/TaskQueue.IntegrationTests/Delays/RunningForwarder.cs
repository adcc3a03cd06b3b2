using Microsoft.Extensions.Logging;
using TaskQueue.Dispatcher.Delays;
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
    private IConsumer? _consumer;

    private RunningForwarder(BrokerOptions options, DelayQueues delays)
    {
        _broker = new RabbitMqBroker(options, Log, TimeProvider.System);
        _forwarder = new DelayedForwarder(_broker, delays, new ServiceLedger(TimeProvider.System), TimeProvider.System, new Logger<DelayedForwarder>(Log));
    }

    public ListLogger Log { get; } = new();

    public static Task<RunningForwarder> StartAsync(RabbitMqNode node, DelayQueues delays) => StartAsync(node.BrokerOptions, delays);

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
        await _broker.DisposeAsync();
        Log.Dispose();
    }
}
