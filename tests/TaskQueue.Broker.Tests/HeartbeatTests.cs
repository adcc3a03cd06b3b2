using Microsoft.Extensions.Time.Testing;
using TaskQueue.Amqp.Methods;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests;

/// <summary>Signs of life; the clock is the test's.</summary>
public sealed class HeartbeatTests
{
    private const ushort Seconds = 10;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_is_mute_for_two_heartbeats_is_dropped_and_what_it_had_in_hand_comes_again()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(options => options with { Time = time });
        await using var mute = await OpenAsync(broker, Seconds);
        await mute.SendAsync(1, new QueueDeclare { Queue = "q" }, TestEnds);
        await mute.SendAsync(1, new BasicPublish { RoutingKey = "q" }, [0, 0], [1], TestEnds);
        await mute.SendAsync(1, new BasicGet { Queue = "q" }, TestEnds);
        Assert.IsType<QueueDeclareOk>((await mute.Incoming.ReadAsync(TestEnds)).Method);
        Assert.IsType<BasicGetOk>((await mute.Incoming.ReadAsync(TestEnds)).Method);
        await using var talking = await OpenAsync(broker, Seconds);
        await using var without = await OpenAsync(broker, heartbeatSeconds: 0);

        for (var passed = 0; passed < 2 * Seconds; passed += Seconds / 2)
        {
            time.Advance(TimeSpan.FromSeconds(Seconds / 2));
            await AnswersAsync(talking);
        }

        // It is heard of as long as the two are not over.
        Assert.False(mute.Incoming.Completion.IsCompleted);
        await Eventually.TrueAsync(() => mute.Heartbeats >= 2, () => $"heartbeats of the broker; there were {mute.Heartbeats}");
        time.Advance(TimeSpan.FromSeconds(Seconds / 2));
        await AnswersAsync(talking);
        time.Advance(TimeSpan.FromSeconds(Seconds / 2));

        await mute.Incoming.Completion.WaitAsync(TimeSpan.FromSeconds(60), TestEnds);
        await AnswersAsync(talking);
        await AnswersAsync(without);
        Assert.Equal(0, without.Heartbeats);
        await Eventually.TrueAsync(async () => (await broker.Broker.ListQueuesAsync()).Single() is { Ready: 1, Unacked: 0 }, () => "the message is back");
    }

    private static async Task<RawConnection> OpenAsync(TestBroker broker, ushort heartbeatSeconds)
    {
        var client = await RawConnection.OpenAsync(broker.Port, TestEnds, heartbeatSeconds);
        await client.OpenChannelAsync(1, TestEnds);
        return client;
    }

    private static async Task AnswersAsync(RawConnection client)
    {
        await client.SendAsync(1, new ChannelFlow { Active = true }, TestEnds);
        Assert.IsType<ChannelFlowOk>((await client.Incoming.ReadAsync(TestEnds)).Method);
    }
}
