using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Trouble;

/// <summary>What happens when we are connected and heartbeats come, and yet nothing moves.</summary>
public sealed class ProgressTests(SharedBroker shared) : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ListLogger _log = new();
    private readonly TcpProxy _proxy = new(shared.Broker.Port);
    private readonly QueueDefinition _queue = new($"progress_{Guid.NewGuid():N}");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Subscribes_on_a_new_channel_when_a_queue_with_messages_delivers_none_to_idle_consumers()
    {
        await using var broker = await ConnectedAsync();
        var got = new DeliveryList(ack: true);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "before");
        await got.AtLeastAsync(1);
        _log.Clear();

        _proxy.Silence(new AmqpSilence(SilenceAbout.Deliveries, SilenceLasts.ForTheChannels));
        await broker.SendTextsAsync(_queue.Name, "a", "b", "c");

        await got.AtLeastAsync(4);
        await Eventually.TrueAsync(() => _log.Of(1312).Count == 1, () => $"the end of the trouble:\n{_log}");
        Assert.Equal([1310, 1312], EventsOf(LogLevel.Information));
        Assert.Contains($"Queue {_queue.Name} has made no progress", _log.Of(1310)[0].Text, StringComparison.Ordinal);
        Assert.True(broker.Health.IsHealthy);
    }

    [Fact]
    public async Task Connects_anew_when_a_new_channel_brings_no_deliveries_either()
    {
        await using var broker = await ConnectedAsync();
        var got = new DeliveryList(ack: true);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        _log.Clear();

        _proxy.Silence(new AmqpSilence(SilenceAbout.Deliveries, SilenceLasts.ForTheConnections));
        await broker.SendTextsAsync(_queue.Name, "a", "b", "c");

        await got.AtLeastAsync(3);
        await Eventually.TrueAsync(() => _log.Of(1312).Count == 1, () => $"the end of the trouble:\n{_log}");
        Assert.Equal([1310, 1001, 1003, 1312], EventsOf(LogLevel.Information));
    }

    [Fact]
    public async Task Reports_itself_unhealthy_when_nothing_helps_and_healthy_when_it_moves_again()
    {
        await using var broker = await ConnectedAsync();
        var got = new DeliveryList(ack: true);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        _log.Clear();

        _proxy.Silence(new AmqpSilence(SilenceAbout.Deliveries, SilenceLasts.Always));
        await broker.SendTextsAsync(_queue.Name, "a", "b", "c");
        await Eventually.TrueAsync(() => !broker.Health.IsHealthy && _log.Of(1311).Count > 0, () => $"an unhealthy broker; it is {broker.Health}\n{_log}");
        Assert.Equal(BrokerCondition.Stalled, broker.Health.Condition);
        Assert.Contains(_queue.Name, broker.Health.Reason, StringComparison.Ordinal);
        Assert.NotNull(broker.Health.Since);
        Assert.Empty(got.All);

        _proxy.Restore();
        _proxy.Cut();
        await got.AtLeastAsync(3);
        await Eventually.TrueAsync(() => broker.Health.IsHealthy, () => $"a healthy broker; it is {broker.Health}\n{_log}");
        Assert.Equal([1310, 1001, 1003, 1311, 1001, 1003, 1312], EventsOf(LogLevel.Information));
    }

    [Theory]
    [InlineData(SilenceLasts.ForTheChannels)]
    [InlineData(SilenceLasts.ForTheConnections)]
    public async Task Publishes_on_another_channel_or_connection_when_the_broker_confirms_nothing(SilenceLasts lasts)
    {
        await using var broker = await ConnectedAsync();
        await broker.SendTextsAsync(_queue.Name, "before");
        _log.Clear();

        _proxy.Silence(new AmqpSilence(SilenceAbout.Confirms, lasts));
        await broker.SendTextsAsync(_queue.Name, "unanswered at first");

        await Eventually.TrueAsync(() => _log.Of(1312).Count == 1, () => $"the end of the trouble:\n{_log}");
        Assert.Equal(lasts == SilenceLasts.ForTheChannels ? [1310, 1312] : [1310, 1001, 1003, 1312], EventsOf(LogLevel.Information));
        Assert.StartsWith("Publishing has made no progress", _log.Of(1310)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaves_consumers_alone_that_are_busy_or_have_nothing_to_do()
    {
        await using var broker = await ConnectedAsync();
        var (busy, idle) = (new DeliveryList(), new DeliveryList());
        var nothing = new QueueDefinition($"{_queue.Name}_empty");
        await broker.DeclareQueueAsync(nothing, TestEnds);
        await using var busyConsumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), busy.OnDeliveryAsync, TestEnds);
        await using var idleConsumer = await broker.ConsumeAsync(nothing, new ConsumerOptions(1), idle.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "held", "waits");
        _log.Clear();

        await Task.Delay(5 * Interval, TimeProvider.System, TestEnds);

        Assert.Single(busy.All);
        Assert.False(busy.All.First().IsLost);
        Assert.Empty(EventsOf(LogLevel.Information));
        await broker.DeleteQueueAsync(nothing.Name, TestEnds);
    }

    private async Task<RabbitMqBroker> ConnectedAsync(BrokerOptions? options = null)
    {
        var broker = new RabbitMqBroker(
            options ?? shared.BrokerOptions with { Port = _proxy.Port, ProgressInterval = Interval }, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await broker.DeclareQueueAsync(_queue, TestEnds);
        return broker;
    }

    private int[] EventsOf(LogLevel atLeast) => [.. _log.Lines.Where(line => line.Level >= atLeast).Select(line => line.EventId)];
}
