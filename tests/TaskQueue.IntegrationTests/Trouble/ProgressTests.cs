using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Trouble;

/// <summary>What happens when we are connected and heartbeats come, and yet nothing moves.</summary>
public sealed class ProgressTests(SharedNode shared) : IAsyncLifetime
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100), Interval = TimeSpan.FromMilliseconds(500);

    private readonly ListLogger _log = new();
    private readonly TcpProxy _proxy = new(shared.Node.Port);
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
        await SendAsync(broker, "before");
        await got.AtLeastAsync(1);
        _log.Clear();

        _proxy.Silence(new AmqpSilence(SilenceAbout.Deliveries, SilenceLasts.ForTheChannels));
        await SendAsync(broker, "a", "b", "c");

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
        await SendAsync(broker, "a", "b", "c");

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
        await SendAsync(broker, "a", "b", "c");
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
        await SendAsync(broker, "before");
        _log.Clear();

        _proxy.Silence(new AmqpSilence(SilenceAbout.Confirms, lasts));
        await SendAsync(broker, "unanswered at first");

        await Eventually.TrueAsync(() => _log.Of(1312).Count == 1, () => $"the end of the trouble:\n{_log}");
        Assert.Equal(lasts == SilenceLasts.ForTheChannels ? [1310, 1312] : [1310, 1001, 1003, 1312], EventsOf(LogLevel.Information));
        Assert.StartsWith("Publishing has made no progress", _log.Of(1310)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gets_over_channels_that_hang_in_the_broker_although_looking_at_the_queue_hangs_too()
    {
        var name = $"hang_{Guid.NewGuid():N}";
        await using var broker = await ConnectedAsync(shared.Node.BrokerOptions with { ConnectionName = name, ProgressInterval = Interval });
        await using var other = await ConnectedAsync(shared.Node.BrokerOptions);
        var got = new DeliveryList(ack: true);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        await SendAsync(broker, "before");
        await got.AtLeastAsync(1);
        _log.Clear();

        await SuspendChannelsAsync(name);
        await SendAsync(other, "a", "b", "c");

        // The first of them is with a channel that hangs; it comes again when the broker has killed that, half a minute later.
        await Eventually.TrueAsync(() => got.Texts.Contains("c"), () => $"the later messages; there are {string.Join(", ", got.Texts)}\n{_log}");
        await Eventually.TrueAsync(() => _log.Of(1312).Count == 1, () => $"the end of the trouble:\n{_log}");
        Assert.Single(_log.Of(1310));
        Assert.Empty(_log.Of(1311));
        await SendAsync(broker, "published by the one that hung");
        await Eventually.TrueAsync(() => got.Texts.Contains("published by the one that hung"), () => $"its message; there are {string.Join(", ", got.Texts)}");
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
        await SendAsync(broker, "held", "waits");
        _log.Clear();

        await Task.Delay(5 * Interval, TimeProvider.System, TestEnds);

        Assert.Single(busy.All);
        Assert.False(busy.All.First().IsLost);
        Assert.Empty(EventsOf(LogLevel.Information));
        await broker.DeleteQueueAsync(nothing.Name, TestEnds);
    }

    /// <summary>Stops the broker's processes of all channels of a connection, as soon as there are those to consume, for commands and for looking.</summary>
    private Task SuspendChannelsAsync(string connection)
    {
        // Connections of other tests are being made and closed meanwhile: those have no properties yet, or are no process any more.
        var suspend = $$"""
            Name = {<<"connection_name">>, longstr, <<"{{connection}}">>},
            Connections = [C || C <- rabbit_networking:connections(),
                                [{client_properties, Ps}] <- [catch rabbit_networking:connection_info(C, [client_properties])],
                                is_list(Ps), lists:member(Name, Ps)],
            Channels = [P || P <- rabbit_channel:list(),
                             [{connection, C}] <- [catch rabbit_channel:info(P, [connection])], lists:member(C, Connections)],
            length(Channels) >= 3 andalso [sys:suspend(P) || P <- Channels] =/= [].
            """;
        var answer = "";
        return Eventually.TrueAsync(
            async () => (answer = await shared.Node.CtlAsync("eval", suspend)).Contains("true", StringComparison.Ordinal),
            () => $"three channels of {connection}; the node says {answer}");
    }

    private async Task<RabbitMqBroker> ConnectedAsync(BrokerOptions? options = null)
    {
        var broker = new RabbitMqBroker(
            options ?? shared.Node.BrokerOptions with { Port = _proxy.Port, ProgressInterval = Interval }, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await broker.DeclareQueueAsync(_queue, TestEnds);
        return broker;
    }

    private async Task SendAsync(RabbitMqBroker broker, params string[] bodies)
    {
        foreach (var body in bodies)
        {
            Assert.True(await broker.PublishUntilConfirmedAsync(
                new OutgoingMessage(_queue.Name, new MessageProperties(), Encoding.UTF8.GetBytes(body)), RetryDelay, TimeProvider.System, TestEnds));
        }
    }

    private int[] EventsOf(LogLevel atLeast) => [.. _log.Lines.Where(line => line.Level >= atLeast).Select(line => line.EventId)];
}
