using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Broker.Storage;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests;

/// <summary>What a broker leaves in its store, and takes from it.</summary>
public sealed class DurabilityTests
{
    private const string Farewell = "INTERNAL_ERROR - the broker cannot go on; its log says more";

    private static readonly BasicProperties Persistent = new() { Persistent = true };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_confirmed_is_there_in_its_order_after_a_restart_and_what_was_settled_is_not()
    {
        var store = new MemoryStore();
        await using (var first = await TestBroker.StartAsync(store: store))
        {
            await using var connection = await first.ConnectAsync(TestEnds);
            await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
            await channel.ExchangeDeclareAsync("x", "topic", durable: true, cancellationToken: TestEnds);
            await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
            await channel.QueueBindAsync("q", "x", "a.*", cancellationToken: TestEnds);
            for (byte number = 0; number < 5; number++)
            {
                await channel.BasicPublishAsync("x", "a.b", mandatory: true, Persistent, new[] { number }, TestEnds);
            }

            await channel.BasicPublishAsync("x", "a.b", mandatory: true, new BasicProperties(), new byte[] { 99 }, TestEnds);
            var got = await channel.BasicGetAsync("q", autoAck: false, TestEnds);
            await channel.BasicAckAsync(got!.DeliveryTag, multiple: false, TestEnds);
            await channel.CloseAsync(TestEnds);
        }

        await using var second = await TestBroker.StartAsync(store: store);
        await using var again = await second.ConnectAsync(TestEnds);
        await using var reading = await again.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await reading.BasicPublishAsync("x", "a.c", mandatory: true, Persistent, new byte[] { 5 }, TestEnds);
        List<byte> left = [];
        while (await reading.BasicGetAsync("q", autoAck: true, TestEnds) is { } message)
        {
            left.Add(message.Body.Span[0]);
        }

        Assert.Equal([1, 2, 3, 4, 5], left);
        await Eventually.TrueAsync(() => store.Messages == 0, () => $"an empty store; it has {store.Messages}");
    }

    [Fact]
    public async Task A_message_that_is_settled_before_its_commit_never_reaches_the_store()
    {
        var gate = new TaskCompletionSource();
        var store = new MemoryStore { Gate = gate.Task };
        await using var broker = await TestBroker.StartAsync(store: store);
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, "x"u8.ToArray(), TestEnds);
        Assert.NotNull(await channel.BasicGetAsync("q", autoAck: true, TestEnds));

        gate.SetResult();
        await channel.QueueDeleteAsync("q", false, false, cancellationToken: TestEnds);
        await channel.CloseAsync(TestEnds);

        Assert.Equal(0, store.Written);
    }

    [Fact]
    public async Task Contents_beyond_the_memory_limit_are_read_back_in_their_order()
    {
        const int Messages = 2_000;
        var store = new MemoryStore();
        await using var broker = await TestBroker.StartAsync(options => options with { MemoryLimitBytes = 200_000 }, store);
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        for (var number = 0; number < Messages; number++)
        {
            await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, BitConverter.GetBytes(number).Concat(new byte[300]).ToArray(), TestEnds);
        }

        List<int> left = [];
        while (await channel.BasicGetAsync("q", autoAck: true, TestEnds) is { } message)
        {
            left.Add(BitConverter.ToInt32(message.Body.Span));
        }

        Assert.Equal(Enumerable.Range(0, Messages), left);
        Assert.InRange(store.ReadBack, 1, Messages);
    }

    [Fact]
    public async Task A_full_store_refuses_and_goes_on_by_itself()
    {
        var store = new MemoryStore();
        await using var broker = await TestBroker.StartAsync(store: store);
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, "before"u8.ToArray(), TestEnds);
        var blocked = new TaskCompletionSource();
        var unblocked = new TaskCompletionSource();
        connection.ConnectionBlockedAsync += (_, _) => Completed(blocked);
        connection.ConnectionUnblockedAsync += (_, _) => Completed(unblocked);

        store.Failure = new StoreFullException("the disk is full");
        await Assert.ThrowsAnyAsync<PublishException>(
            async () => await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, "x"u8.ToArray(), TestEnds));
        await blocked.Task.WaitAsync(TestEnds);
        store.Failure = null;
        await unblocked.Task.WaitAsync(TestEnds);

        await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, "after"u8.ToArray(), TestEnds);
        Assert.False(broker.Broker.Failed.IsCompleted);
    }

    [Fact]
    public async Task A_store_that_fails_ends_the_broker_and_every_confirm()
    {
        var store = new MemoryStore();
        await using var broker = await TestBroker.StartAsync(store: store);
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, "x"u8.ToArray(), TestEnds);

        var closed = Closing(connection);
        store.Failure = new StoreException("fsync failed");
        var publishing = channel.BasicPublishAsync("", "q", mandatory: true, Persistent, "x"u8.ToArray(), TestEnds).AsTask();

        await Assert.ThrowsAsync<StoreException>(() => broker.Broker.Failed.WaitAsync(TestEnds));
        Assert.Equal(Farewell, (await closed.Task.WaitAsync(TestEnds)).ReplyText);
        await Assert.ThrowsAnyAsync<Exception>(() => publishing);
    }

    [Fact]
    public async Task After_a_store_that_failed_nothing_is_delivered_and_whoever_comes_is_sent_away()
    {
        var store = new MemoryStore();
        await using var broker = await TestBroker.StartAsync(store: store);
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var other = await broker.ConnectAsync(TestEnds);
        var (closed, otherClosed) = (Closing(connection), Closing(other));
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, "x"u8.ToArray(), TestEnds);
        Assert.NotNull(await channel.BasicGetAsync("q", autoAck: false, TestEnds));
        var delivered = 0;
        await using var consuming = await other.CreateChannelAsync(cancellationToken: TestEnds);
        var consumer = new AsyncEventingBasicConsumer(consuming);
        consumer.ReceivedAsync += (_, _) => Task.FromResult(Interlocked.Increment(ref delivered));
        await consuming.BasicConsumeAsync("q", autoAck: false, consumer, TestEnds);

        store.Failure = new StoreException("fsync failed");
        await channel.QueueDeclareAsync("more", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);

        // What the first one had in hand is not for the other, which is still there when the first one goes.
        Assert.Equal(Farewell, (await closed.Task.WaitAsync(TestEnds)).ReplyText);
        Assert.Equal(Farewell, (await otherClosed.Task.WaitAsync(TestEnds)).ReplyText);
        Assert.Equal(0, delivered);
        await Eventually.TrueAsync(() => !connection.IsOpen && !other.IsOpen, () => "two connections that are closed");
        await using var late = await broker.ConnectAsync(TestEnds);
        await Eventually.TrueAsync(() => late.CloseReason?.ReplyText == Farewell, () => $"a connection that is closed; its end is {late.CloseReason}");
    }

    [Fact]
    public async Task A_broker_that_is_stopped_tells_its_clients()
    {
        var broker = await TestBroker.StartAsync();
        await using var connection = await broker.ConnectAsync(TestEnds);
        var closed = Closing(connection);
        // The client does not wait for the broker's word that its connection is open.
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);

        await broker.DisposeAsync();

        var reason = await closed.Task.WaitAsync(TestEnds);
        Assert.Equal((320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"), (reason.ReplyCode, reason.ReplyText));
    }

    private static TaskCompletionSource<ShutdownEventArgs> Closing(IConnection connection)
    {
        var closed = new TaskCompletionSource<ShutdownEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            closed.TrySetResult(reason);
            return Task.CompletedTask;
        };
        return closed;
    }

    private static Task Completed(TaskCompletionSource source)
    {
        source.TrySetResult();
        return Task.CompletedTask;
    }
}
