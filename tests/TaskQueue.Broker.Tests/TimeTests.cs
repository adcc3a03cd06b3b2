using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests;

/// <summary>What happens when time passes; the clock is the test's.</summary>
public sealed class TimeTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_that_waits_too_long_goes_to_the_dead_letter_queue()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(options => options with { Time = time });
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("dead", cancellationToken: TestEnds);
        await channel.QueueDeclareAsync(
            "q",
            arguments: new Dictionary<string, object?> { ["x-message-ttl"] = 10_000, ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "dead" },
            cancellationToken: TestEnds);
        await channel.BasicPublishAsync("", "q", "x"u8.ToArray(), TestEnds);

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(1u, await channel.MessageCountAsync("q", TestEnds));
        time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(async () => await channel.MessageCountAsync("dead", TestEnds) == 1, () => "a dead letter");
        Assert.Equal(0u, await channel.MessageCountAsync("q", TestEnds));
    }

    [Fact]
    public async Task What_waits_over_the_end_of_a_broker_waits_no_longer_than_without_it()
    {
        var (time, store) = (new FakeTimeProvider(), new MemoryStore());
        await using (var first = await TestBroker.StartAsync(options => options with { Time = time }, store))
        {
            await using var connection = await first.ConnectAsync(TestEnds);
            await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
            await channel.QueueDeclareAsync("dead", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
            var arguments = new Dictionary<string, object?> { ["x-message-ttl"] = 10_000, ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "dead" };
            await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: TestEnds);
            await channel.BasicPublishAsync("", "q", mandatory: true, new BasicProperties { Persistent = true }, "x"u8.ToArray(), TestEnds);
        }

        time.Advance(TimeSpan.FromSeconds(9));
        await using var second = await TestBroker.StartAsync(options => options with { Time = time }, store);
        Assert.Equal([("dead", 0), ("q", 1)], await WaitingAsync());
        time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(async () => await WaitingAsync() is [("dead", 1), ("q", 0)], () => "a dead letter, though nobody came");

        async Task<(string, long)[]> WaitingAsync() => [.. (await second.Broker.ListQueuesAsync()).Select(queue => (queue.Name, queue.Ready))];
    }

    [Fact]
    public async Task A_queue_that_nobody_uses_is_deleted()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(options => options with { Time = time });
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        await channel.QueueDeclareAsync(
            "q", exclusive: false, autoDelete: false, arguments: new Dictionary<string, object?> { ["x-expires"] = 60_000 }, cancellationToken: TestEnds);

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Single(await broker.Broker.ListQueuesAsync());
        time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(async () => (await broker.Broker.ListQueuesAsync()).Count == 0, () => "no queue");
    }

    [Fact]
    public async Task A_delivery_that_nobody_acknowledges_in_time_ends_its_channel_and_comes_back()
    {
        var (time, logger) = (new FakeTimeProvider(), new ListLogger());
        await using var broker = await TestBroker.StartAsync(options => options with { Time = time, Logger = logger, ConsumerTimeout = TimeSpan.FromMinutes(1) });
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("q", exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        await channel.BasicPublishAsync("", "q", "x"u8.ToArray(), TestEnds);
        var ended = new TaskCompletionSource<ushort>();
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            ended.SetResult(reason.ReplyCode);
            return Task.CompletedTask;
        };
        Assert.NotNull(await channel.BasicGetAsync("q", autoAck: false, TestEnds));

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(406, await ended.Task.WaitAsync(TestEnds));
        Assert.Equal(1, (await broker.Broker.ListQueuesAsync()).Single().Ready);
        Assert.Contains(logger.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains("timed out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_does_not_log_in_has_to_go()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(options => options with { Time = time });
        using var silent = new System.Net.Sockets.TcpClient();
        await silent.ConnectAsync("127.0.0.1", broker.Port, TestEnds);

        var left = silent.GetStream().ReadAsync(new byte[1], TestEnds).AsTask();
        await time.PassUntilAsync(() => left.IsCompleted, () => "an end of the connection");

        Assert.Equal(0, await left);
    }
}
