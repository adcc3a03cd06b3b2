using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Broker.Tests.Storage;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests;

/// <summary>What a broker leaves in its database, and the next one takes from it.</summary>
public sealed class DatabaseTests : IDisposable
{
    private static readonly BasicProperties Persistent = new() { Persistent = true };

    private readonly StoreFolder _folder = new(isInMemory: true);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("classic")]
    [InlineData("quorum")]
    public async Task What_was_confirmed_is_there_in_its_order_and_what_somebody_had_in_hand_is_marked(string type)
    {
        await using (var first = await StartAsync())
        {
            await using var connection = await first.ConnectAsync(TestEnds);
            await using var channel = await ConfirmingAsync(connection);
            await DeclareAsync(channel, "q", type);
            await PublishAsync(channel, "q", 0, 20);
            var inHand = new List<ulong>();
            for (var i = 0; i < 5; i++)
            {
                inHand.Add((await channel.BasicGetAsync("q", autoAck: false, TestEnds))!.DeliveryTag);
            }

            await channel.BasicAckAsync(inHand[1], multiple: false, TestEnds);
            await channel.BasicNackAsync(inHand[3], multiple: false, requeue: true, TestEnds);
            await channel.QueueDeclarePassiveAsync("q", TestEnds);
        }

        await using var second = await StartAsync();
        await using var again = await second.ConnectAsync(TestEnds);
        await using var reading = await again.CreateChannelAsync(cancellationToken: TestEnds);
        var left = await TakeAllAsync(reading, "q");

        Assert.Equal(Enumerable.Range(0, 20).Where(number => number != 1), left.Select(message => message.Number));
        Assert.Equal([0, 2, 3, 4], left.Where(message => message.Redelivered).Select(message => message.Number));
    }

    [Fact]
    public async Task A_queue_that_was_deleted_is_gone_with_all_that_was_in_it_and_its_name_can_be_used_again()
    {
        await using (var first = await StartAsync())
        {
            await using var connection = await first.ConnectAsync(TestEnds);
            await using var channel = await ConfirmingAsync(connection);
            await channel.ExchangeDeclareAsync("x", "fanout", durable: true, cancellationToken: TestEnds);
            foreach (var queue in (string[])["kept", "deleted"])
            {
                await DeclareAsync(channel, queue);
                await channel.QueueBindAsync(queue, "x", "", cancellationToken: TestEnds);
                await PublishAsync(channel, queue, 0, 500);
            }

            await channel.QueueDeleteAsync("deleted", false, false, cancellationToken: TestEnds);
        }

        // Its messages are swept up later: nothing new may have their numbers until then.
        await using (var second = await StartAsync())
        {
            await using var connection = await second.ConnectAsync(TestEnds);
            await using var channel = await ConfirmingAsync(connection);
            Assert.Equal(["kept"], (await second.Broker.ListQueuesAsync()).Select(queue => queue.Name));
            await DeclareAsync(channel, "deleted");
            await channel.BasicPublishAsync("x", "", mandatory: true, Persistent, Body(500), TestEnds);
            await PublishAsync(channel, "deleted", 501, 10);
        }

        await using var third = await StartAsync();
        await using var again = await third.ConnectAsync(TestEnds);
        await using var reading = await again.CreateChannelAsync(cancellationToken: TestEnds);
        Assert.Equal(Enumerable.Range(0, 501), (await TakeAllAsync(reading, "kept")).Select(message => message.Number));
        Assert.Equal(Enumerable.Range(501, 10), (await TakeAllAsync(reading, "deleted")).Select(message => message.Number));
    }

    [Fact]
    public async Task Contents_beyond_the_memory_limit_come_from_the_disk_before_and_after_a_restart()
    {
        const int Messages = 3000, MemoryLimit = 100_000;
        await using (var first = await StartAsync(MemoryLimit))
        {
            await using var connection = await first.ConnectAsync(TestEnds);
            await using var channel = await ConfirmingAsync(connection);
            await DeclareAsync(channel, "q");
            await PublishAsync(channel, "q", 0, Messages);
            Assert.Equal(Enumerable.Range(0, Messages / 2), await ConsumeAsync(connection, "q", Messages / 2));
        }

        await using var second = await StartAsync(MemoryLimit);
        await using var again = await second.ConnectAsync(TestEnds);
        Assert.Equal(Enumerable.Range(Messages / 2, Messages / 2), await ConsumeAsync(again, "q", Messages / 2));
        await Eventually.TrueAsync(
            async () => (await second.Broker.ListQueuesAsync())[0] is { Ready: 0, Unacked: 0 }, () => "an empty queue");
    }

    [Theory]
    [InlineData(4 << 20)]
    [InlineData(0)]
    public async Task A_disk_that_fills_up_costs_no_confirmed_message_and_consumers_or_an_operator_make_room(long limit)
    {
        using var disk = new SmallDisk(megabytes: 16);
        List<int> confirmed = [];
        await using (var first = await StartOnAsync(disk, limit))
        {
            await using var connection = await first.ConnectAsync(TestEnds);
            await using var channel = await ConfirmingAsync(connection);
            await DeclareAsync(channel, "q");
            await PublishAsync(channel, "q", 0, 100, bodyBytes: 20_000);
            confirmed.AddRange(Enumerable.Range(0, 100));
            var (blocked, unblocked) = (new TaskCompletionSource(), new TaskCompletionSource());
            connection.ConnectionBlockedAsync += (_, _) => Completed(blocked);
            connection.ConnectionUnblockedAsync += (_, _) => Completed(unblocked);
            disk.Fill(leaving: limit + (1 << 20));

            await PublishUntilNackedAsync(channel, confirmed);
            await blocked.Task.WaitAsync(TestEnds);
            await MakeRoomAsync(first, disk, limit, confirmed);
            await unblocked.Task.WaitAsync(TestEnds);

            await PublishAsync(channel, "q", 10_000, 10, bodyBytes: 20_000);
            confirmed.AddRange(Enumerable.Range(10_000, 10));
        }

        await using var second = await StartOnAsync(disk, limit);
        await using var again = await second.ConnectAsync(TestEnds);
        await using var reading = await again.CreateChannelAsync(cancellationToken: TestEnds);
        var left = (await TakeAllAsync(reading, "q")).Select(message => message.Number).ToList();
        Assert.Equal(left.Order(), left);
        Assert.Superset(confirmed.ToHashSet(), left.ToHashSet());
        Assert.DoesNotContain(left, number => number < confirmed[0]);
    }

    // Where the broker keeps a reserve, what is consumed makes room by itself; a disk without any needs somebody to help.
    private static async Task MakeRoomAsync(TestBroker broker, SmallDisk disk, long limit, List<int> confirmed)
    {
        if (limit == 0)
        {
            disk.Clear();
            return;
        }

        const int Consumed = 80;
        await using var connection = await broker.ConnectAsync(TestEnds);
        Assert.Equal(Enumerable.Range(0, Consumed), await ConsumeAsync(connection, "q", Consumed));
        confirmed.RemoveRange(0, Consumed);
    }

    private static async Task PublishUntilNackedAsync(IChannel channel, List<int> confirmed)
    {
        try
        {
            for (var number = confirmed.Count; number < 9_999; number++)
            {
                await channel.BasicPublishAsync("", "q", mandatory: true, Persistent, Body(number, 20_000), TestEnds);
                confirmed.Add(number);
            }
        }
        catch (PublishException)
        {
            return;
        }

        Assert.Fail("The disk never was full.");
    }

    private Task<TestBroker> StartAsync(long memoryLimit = 128 << 20) => TestBroker.StartAsync(
        options => options with { Database = _folder.File, DiskFreeLimitBytes = 0, MemoryLimitBytes = memoryLimit });

    private static Task<TestBroker> StartOnAsync(SmallDisk disk, long limit) => TestBroker.StartAsync(
        options => options with { Database = disk.File, DiskFreeLimitBytes = limit });

    private static Task<IChannel> ConfirmingAsync(IConnection connection) => connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);

    private static Task<QueueDeclareOk> DeclareAsync(IChannel channel, string queue, string type = "classic") => channel.QueueDeclareAsync(
        queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = type }, cancellationToken: TestEnds);

    private static async Task PublishAsync(IChannel channel, string queue, int first, int count, int bodyBytes = 300)
    {
        List<Task> confirms = [];
        for (var number = first; number < first + count; number++)
        {
            confirms.Add(channel.BasicPublishAsync("", queue, mandatory: true, Persistent, Body(number, bodyBytes), TestEnds).AsTask());
        }

        await Task.WhenAll(confirms);
    }

    private static async Task<List<(int Number, bool Redelivered)>> TakeAllAsync(IChannel channel, string queue)
    {
        List<(int Number, bool Redelivered)> taken = [];
        while (await channel.BasicGetAsync(queue, autoAck: true, TestEnds) is { } message)
        {
            taken.Add((NumberIn(message.Body), message.Redelivered));
        }

        return taken;
    }

    /// <summary>Consumes so many, acknowledges them, and leaves.</summary>
    private static async Task<IReadOnlyList<int>> ConsumeAsync(IConnection connection, string queue, int count)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        await channel.BasicQosAsync(0, 50, global: false, TestEnds);
        List<int> consumed = [];
        var done = new TaskCompletionSource();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            if (consumed.Count == count)
            {
                return;
            }

            consumed.Add(NumberIn(delivery.Body));
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, TestEnds);
            if (consumed.Count == count)
            {
                done.SetResult();
            }
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, TestEnds);
        await done.Task.WaitAsync(TestEnds);
        await channel.CloseAsync(TestEnds);
        return consumed;
    }

    private static byte[] Body(int number, int bytes = 300) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture).PadRight(bytes));

    private static int NumberIn(ReadOnlyMemory<byte> body) => int.Parse(Encoding.ASCII.GetString(body.Span), CultureInfo.InvariantCulture);

    private static Task Completed(TaskCompletionSource source)
    {
        source.TrySetResult();
        return Task.CompletedTask;
    }
}
