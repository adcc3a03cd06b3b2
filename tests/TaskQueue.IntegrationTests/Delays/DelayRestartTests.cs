using System.Globalization;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Delays;

/// <summary>Delays across the ends of a broker, on a broker of their own.</summary>
[Trait("Broker", "each")]
public sealed class DelayRestartTests : IAsyncLifetime
{
    private const int Messages = 40;

    private readonly Arrivals _arrivals = new();
    private readonly ListLogger _log = new();
    private PrivateBroker _private = null!;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _private = await PrivateBroker.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        await _private.DisposeAsync();
    }

    [Theory]
    [InlineData(QueueType.Quorum, true)]
    [InlineData(QueueType.Quorum, false)]
    [InlineData(QueueType.Classic, true)]
    [InlineData(QueueType.Classic, false)]
    public async Task Delays_survive_the_end_of_the_broker(QueueType type, bool killed)
    {
        var delays = new DelayQueues(new QueueNames(), type, TimeProvider.System);
        var target = new QueueDefinition("target", type);
        await using var broker = new RabbitMqBroker(_private.BrokerOptions, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await DeclareForGoodAsync(broker, [target, .. delays.All]);
        await using var forwarder = await RunningForwarder.StartAsync(_private.BrokerOptions, delays);
        await using var consumer = await broker.ConsumeAsync(target, new ConsumerOptions(100), _arrivals.OnDeliveryAsync, TestEnds);
        var due = TimeProvider.System.GetUtcNow().AddSeconds(BrokerPrograms.IsRabbitMq ? 12 : 5);
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(async i =>
        {
            var message = new OutgoingMessage(target.Name, new MessageProperties(), Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
            Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(delays.DelayUntil(message, due), TestEnds));
        }));
        await Eventually.TrueAsync(async () => await WaitingAsync(broker, delays) + _arrivals.All.Count >= Messages, () => $"all messages in the levels\n{_log}\n{forwarder.Log}");

        // Now they stay where they are for as long as the broker needs to start: four seconds, or for RabbitMQ eight. Its classic queues that move messages when they are killed may lose them.
        if (killed)
        {
            _private.Kill();
        }
        else
        {
            await _private.StopAsync();
        }

        await _private.StartAgainAsync();

        await _arrivals.AtLeastAsync(Messages, _private, [forwarder]);
        Assert.All(_arrivals.All, arrival => Assert.True(arrival.At >= due, $"{arrival.Text} came early"));
    }

    [Fact]
    public async Task Messages_that_nobody_took_before_the_end_of_the_broker_are_delayed_after_it()
    {
        var delays = new DelayQueues(new QueueNames(), QueueType.Quorum, TimeProvider.System);
        var target = new QueueDefinition("target");
        await using var broker = new RabbitMqBroker(_private.BrokerOptions, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await DeclareForGoodAsync(broker, [target, delays.Entrance]);
        var due = TimeProvider.System.GetUtcNow().AddSeconds(3);
        await broker.PublishAsync(delays.DelayUntil(new OutgoingMessage(target.Name, new MessageProperties(), "x"u8.ToArray()), due), TestEnds);

        _private.Kill();
        await _private.StartAgainAsync();
        await using var forwarder = await RunningForwarder.StartAsync(_private.BrokerOptions, delays);
        await using var consumer = await broker.ConsumeAsync(target, new ConsumerOptions(100), _arrivals.OnDeliveryAsync, TestEnds);

        await _arrivals.AtLeastAsync(1, _private, [forwarder]);
        Assert.True(Assert.Single(_arrivals.All).At >= due);
    }

    /// <summary>Declares queues, and has the broker remember them: it forgets what is in a quorum queue younger than half a second.</summary>
    private async Task DeclareForGoodAsync(RabbitMqBroker broker, IEnumerable<QueueDefinition> queues)
    {
        foreach (var queue in queues)
        {
            await broker.DeclareQueueAsync(queue, TestEnds);
        }

        await _private.SyncTablesAsync();
    }

    private static async Task<long> WaitingAsync(RabbitMqBroker broker, DelayQueues delays)
    {
        var waiting = 0L;
        foreach (var level in delays.All.Where(queue => queue.MessageTtl is not null))
        {
            waiting += (await broker.InspectQueueAsync(level.Name, TestEnds))?.Ready ?? 0;
        }

        return waiting;
    }
}
