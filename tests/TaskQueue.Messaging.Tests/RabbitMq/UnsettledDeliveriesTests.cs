using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class UnsettledDeliveriesTests
{
    /// <summary>What happens next; the number picks the delivery.</summary>
    private enum Move
    {
        Take,
        Ack,
        Requeue,
        Send,
    }

    [Fact]
    public void Tells_the_broker_of_each_delivery_once_and_never_of_one_that_is_unsettled()
    {
        var moves = ArbMap.Default.GeneratorFor<NonNegativeInt>()
            .Zip(Gen.Frequency(
                (4, Gen.Constant(Move.Take)), (6, Gen.Constant(Move.Ack)), (1, Gen.Constant(Move.Requeue)), (2, Gen.Constant(Move.Send))))
            .ListOf();

        Prop.ForAll(moves.ToArbitrary(), Check).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Acknowledges_all_from_the_oldest_on_in_one_frame()
    {
        var (unsettled, deliveries) = Taken(5);

        foreach (var delivery in deliveries.Take(4).Reverse())
        {
            unsettled.Settle(delivery, Settlement.Ack);
        }

        Assert.Equal([new SettleFrame(4, Settlement.Ack, Multiple: true)], Frames(unsettled));
    }

    [Fact]
    public void Acknowledges_one_by_one_behind_a_delivery_that_stays()
    {
        var (unsettled, deliveries) = Taken(3);

        unsettled.Settle(deliveries[1], Settlement.Ack);
        unsettled.Settle(deliveries[2], Settlement.Ack);

        Assert.Equal(
            [new SettleFrame(2, Settlement.Ack, Multiple: false), new SettleFrame(3, Settlement.Ack, Multiple: false)], Frames(unsettled));
    }

    [Fact]
    public void Gives_back_before_it_acknowledges_many_so_that_what_goes_back_is_not_acknowledged()
    {
        var (unsettled, deliveries) = Taken(3);

        unsettled.Settle(deliveries[0], Settlement.Ack);
        unsettled.Settle(deliveries[1], Settlement.Requeue);
        unsettled.Settle(deliveries[2], Settlement.Ack);

        Assert.Equal(
            [new SettleFrame(2, Settlement.Requeue, Multiple: false), new SettleFrame(3, Settlement.Ack, Multiple: true)], Frames(unsettled));
    }

    [Fact]
    public void Counts_what_each_consumer_holds_until_it_settles_or_loses_it()
    {
        var unsettled = new UnsettledDeliveries();
        var (one, other) = (Consumer(), Consumer());
        var deliveries = Enumerable.Range(1, 6).Select(tag => Delivery((ulong)tag, tag % 2 == 0 ? one : other)).ToArray();
        foreach (var delivery in deliveries)
        {
            unsettled.Add(delivery);
        }

        Assert.Equal((3, 3), (one.Held, other.Held));
        unsettled.Settle(deliveries[1], Settlement.Ack);
        unsettled.Settle(deliveries[1], Settlement.Ack);
        Assert.Equal((2, 3), (one.Held, other.Held));

        unsettled.Lose(one, overdueOnly: false, Stopwatch.GetTimestamp());
        unsettled.Settle(deliveries[3], Settlement.Ack);
        Assert.Equal((0, 3), (one.Held, other.Held));

        unsettled.LoseAll();
        unsettled.Settle(deliveries[0], Settlement.Ack);
        Assert.Equal((0, 0), (one.Held, other.Held));
    }

    [Fact]
    [Trait("Case", "E1")]
    public void Loses_what_was_held_for_too_long_and_the_rest_only_when_it_is_as_old()
    {
        var unsettled = new UnsettledDeliveries();
        var (one, other) = (Consumer(), Consumer());
        var (now, hour) = (Stopwatch.GetTimestamp(), 3_600 * Stopwatch.Frequency);
        var (elsewhere, overdue, late) = (Delivery(1, other, now - hour), Delivery(2, one, now - hour), Delivery(3, one, now));
        foreach (var delivery in (RabbitMqDelivery[])[elsewhere, overdue, late])
        {
            unsettled.Add(delivery);
        }

        unsettled.Lose(one, overdueOnly: true, now);

        Assert.Equal([false, true, false], [elsewhere.IsTakenBack, overdue.IsTakenBack, late.IsTakenBack]);
        Assert.Equal((1, 1), (one.Held, other.Held));
        unsettled.Settle(overdue, Settlement.Ack);
        unsettled.Settle(late, Settlement.Ack);
        Assert.Equal([new SettleFrame(3, Settlement.Ack, Multiple: false)], Frames(unsettled));
    }

    private static (UnsettledDeliveries Unsettled, RabbitMqDelivery[] Deliveries) Taken(int count)
    {
        var unsettled = new UnsettledDeliveries();
        var deliveries = Enumerable.Range(1, count).Select(tag => Delivery((ulong)tag)).ToArray();
        foreach (var delivery in deliveries)
        {
            unsettled.Add(delivery);
        }

        return (unsettled, deliveries);
    }

    // Without a channel: the list looks at nothing but tags and states.
    private static RabbitMqDelivery Delivery(ulong tag, RabbitMqConsumer? consumer = null, long arrived = 0) =>
        new(null!, consumer, tag, redelivered: false, new MessageProperties(), default) { Arrived = arrived };

    private static RabbitMqConsumer Consumer() => new(null!, new ConsumerOptions(1), _ => ValueTask.CompletedTask, NullLogger.Instance);

    private static List<SettleFrame> Frames(UnsettledDeliveries unsettled)
    {
        List<SettleFrame> frames = [];
        unsettled.TakeFrames(frames);
        return frames;
    }

    private static bool Check(IList<(NonNegativeInt Pick, Move Move)> moves)
    {
        var unsettled = new UnsettledDeliveries();
        List<RabbitMqDelivery> ours = [];
        Dictionary<ulong, Settlement> settled = [];
        SortedSet<ulong> brokers = [];
        var tag = 0UL;
        foreach (var (pick, move) in moves.Append((NonNegativeInt.NewNonNegativeInt(0), Move.Send)))
        {
            switch (move)
            {
                case Move.Take:
                    ours.Add(Delivery(++tag));
                    brokers.Add(tag);
                    unsettled.Add(ours[^1]);
                    break;
                case Move.Ack or Move.Requeue when ours.Count > 0:
                    var delivery = ours[pick.Get % ours.Count];
                    var settlement = move == Move.Ack ? Settlement.Ack : Settlement.Requeue;
                    ours.Remove(delivery);
                    settled.Add(delivery.DeliveryTag, settlement);
                    unsettled.Settle(delivery, settlement);
                    break;
                case Move.Send:
                    if (!Send(unsettled, settled, brokers))
                    {
                        return false;
                    }

                    break;
            }
        }

        // All that was settled is known to the broker, and nothing else.
        return settled.Count == 0 && brokers.SetEquals(ours.Select(delivery => delivery.DeliveryTag));
    }

    private static bool Send(UnsettledDeliveries unsettled, Dictionary<ulong, Settlement> settled, SortedSet<ulong> brokers)
    {
        foreach (var frame in Frames(unsettled))
        {
            // As the broker reads it: an unknown tag would close the channel.
            ulong[] meant = frame.Multiple ? [.. brokers.Where(tag => tag <= frame.DeliveryTag)] : [frame.DeliveryTag];
            foreach (var tag in meant)
            {
                if (!brokers.Remove(tag) || !settled.Remove(tag, out var settlement) || settlement != frame.Settlement)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
