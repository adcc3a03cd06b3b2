using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Dispatcher.Delays;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;

namespace TaskQueue.Dispatcher.Tests.Forwarding;

/// <summary>Messages that have come back so often that the broker may drop them before long.</summary>
[Trait("Case", "E2")]
public sealed class WornOutTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryBroker _broker = new();
    private readonly ListLogger _log = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _log.Dispose();
        return _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(9, "worker_a")]
    [InlineData(10, "taskqueue")]
    public async Task The_dispatcher_puts_them_into_their_queue_anew(long returns, string expected)
    {
        await DeclareAsync("worker_a", "taskqueue");
        var forwarder = Forwarders.Of(_broker, _time, _log);
        var delivery = Returned("taskqueue", returns);

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        AssertMoved(delivery, expected);
    }

    [Fact]
    public async Task So_are_delayed_ones()
    {
        var delays = new DelayQueues(new QueueNames(), QueueType.Quorum, _time);
        await DeclareAsync(delays.Entrance.Name);
        await using var forwarder = new DelayedForwarder(_broker, delays, Forwarders.Of(_broker, _time, _log), new ServiceLedger(_time), _time, new Logger<DelayedForwarder>(_log));
        var delivery = Returned(delays.Entrance.Name, 15);

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        AssertMoved(delivery, delays.Entrance.Name);
    }

    private static StubDelivery Returned(string queue, long returns) => new(
        queue,
        new MessageProperties { MessageId = "7f3a", ContentType = "text/plain" }.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.DeliveryCount, returns)),
        redelivered: true,
        "a body"u8.ToArray());

    private async Task DeclareAsync(params string[] queues)
    {
        foreach (var queue in queues)
        {
            await _broker.DeclareQueueAsync(new QueueDefinition(queue), TestEnds);
        }
    }

    private void AssertMoved(StubDelivery delivery, string queue)
    {
        var sent = Assert.Single(_broker.Sent);
        Assert.Equal((queue, "7f3a", "a body"), (sent.RoutingKey, sent.Properties.MessageId, Encoding.UTF8.GetString(sent.Body.Span)));
        Assert.Null(sent.Properties.HeaderText(HeaderNames.DeliveryCount));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }
}
