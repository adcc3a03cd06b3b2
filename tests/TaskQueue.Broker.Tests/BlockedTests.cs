using RabbitMQ.Client;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests;

/// <summary>Publishers that have to wait are told so.</summary>
public sealed class BlockedTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_the_memory_full_of_transient_messages_publishers_are_told_to_wait_and_to_go_on_and_none_is_lost()
    {
        const int Messages = 40, BodyBytes = 100_000;
        await using var broker = await TestBroker.StartAsync(options => options with { MemoryLimitBytes = 1 << 20 });
        await using var publisher = await broker.ConnectAsync(TestEnds);
        await using var other = await broker.ConnectAsync(TestEnds);
        var (blocked, unblocked) = (new TaskCompletionSource<string>(), new TaskCompletionSource());
        publisher.ConnectionBlockedAsync += (_, told) =>
        {
            blocked.TrySetResult(told.Reason);
            return Task.CompletedTask;
        };
        publisher.ConnectionUnblockedAsync += (_, _) =>
        {
            unblocked.TrySetResult();
            return Task.CompletedTask;
        };
        await using var publishing = await publisher.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await publishing.QueueDeclareAsync("q", durable: false, exclusive: false, autoDelete: false, cancellationToken: TestEnds);

        var confirms = Enumerable.Range(0, Messages).Select(number => publishing.BasicPublishAsync("", "q", true, new BasicProperties(), Body(number), TestEnds).AsTask()).ToList();

        Assert.NotEmpty(await blocked.Task.WaitAsync(TimeSpan.FromSeconds(60), TestEnds));
        Assert.False(unblocked.Task.IsCompleted);
        await using var taking = await other.CreateChannelAsync(cancellationToken: TestEnds);
        List<int> taken = [];
        await Eventually.TrueAsync(
            async () =>
            {
                while (await taking.BasicGetAsync("q", autoAck: true, TestEnds) is { } got)
                {
                    taken.Add(BitConverter.ToInt32(got.Body.Span));
                }

                return taken.Count == Messages;
            },
            () => $"{Messages} messages; there were {taken.Count}");
        await unblocked.Task.WaitAsync(TimeSpan.FromSeconds(60), TestEnds);
        await Task.WhenAll(confirms);
        Assert.Equal(Enumerable.Range(0, Messages), taken);

        static byte[] Body(int number) => [.. BitConverter.GetBytes(number), .. new byte[BodyBytes]];
    }
}
