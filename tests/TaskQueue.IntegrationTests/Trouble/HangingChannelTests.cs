using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Trouble;

/// <summary>Processes of RabbitMQ that hang, while the node and its connections live.</summary>
public sealed class HangingChannelTests(SharedNode shared) : IDisposable, IClassFixture<SharedNode>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ListLogger _log = new();
    private readonly QueueDefinition _queue = new($"hanging_{Guid.NewGuid():N}");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Gets_over_channels_that_hang_in_the_broker_although_looking_at_the_queue_hangs_too()
    {
        var name = $"hang_{Guid.NewGuid():N}";
        await using var broker = await ConnectedAsync(shared.Node.BrokerOptions with { ConnectionName = name, ProgressInterval = Interval });
        await using var other = await ConnectedAsync(shared.Node.BrokerOptions);
        var got = new DeliveryList(ack: true);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "before");
        await got.AtLeastAsync(1);
        _log.Clear();

        await SuspendChannelsAsync(name);
        await other.SendTextsAsync(_queue.Name, "a", "b", "c");

        // The first of them is with a channel that hangs; it comes again when the broker has killed that, half a minute later.
        await Eventually.TrueAsync(() => got.Texts.Contains("c"), () => $"the later messages; there are {string.Join(", ", got.Texts)}\n{_log}");
        await Eventually.TrueAsync(() => _log.Of(1312).Count == 1, () => $"the end of the trouble:\n{_log}");
        Assert.Single(_log.Of(1310));
        Assert.Empty(_log.Of(1311));
        await broker.SendTextsAsync(_queue.Name, "published by the one that hung");
        await Eventually.TrueAsync(() => got.Texts.Contains("published by the one that hung"), () => $"its message; there are {string.Join(", ", got.Texts)}");
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

    private async Task<RabbitMqBroker> ConnectedAsync(BrokerOptions options)
    {
        var broker = new RabbitMqBroker(options, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await broker.DeclareQueueAsync(_queue, TestEnds);
        return broker;
    }
}
