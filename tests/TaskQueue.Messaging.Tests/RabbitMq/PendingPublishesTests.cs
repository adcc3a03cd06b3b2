using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class PendingPublishesTests
{
    private const int Capacity = 16;

    /// <summary>What the sender or the broker does next; the number picks the message.</summary>
    private enum Move
    {
        Add,
        AckOne,
        AckUpTo,
        NackOne,
        Return,
        TakeBack,
    }

    [Fact]
    public void Tells_every_listener_exactly_once_what_the_broker_answered_whatever_the_order()
    {
        var moves = ArbMap.Default.GeneratorFor<NonNegativeInt>()
            .Zip(Gen.Frequency((4, Gen.Constant(Move.Add)), (4, Gen.Elements(Enum.GetValues<Move>()))))
            .ListOf();

        Prop.ForAll(moves.ToArbitrary(), Check).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Has_no_room_for_more_messages_than_the_ring_holds_until_the_oldest_is_answered()
    {
        var pending = new PendingPublishes(capacity: 2, maxBodyBytes: 1000, Fail);
        var listener = new Listener();
        Assert.Equal(1UL, pending.Add(listener, new PendingMessage("", "q", null, 1)));
        Assert.Equal(2UL, pending.Add(listener, new PendingMessage("", "q", null, 1)));

        var room = pending.WhenRoomFor(1);
        Assert.Equal(0UL, pending.Add(listener, new PendingMessage("", "q", null, 1)));
        pending.Answer(2, multiple: false, PublishOutcome.Confirmed);
        Assert.False(room.IsCompleted);
        pending.Answer(1, multiple: false, PublishOutcome.Confirmed);

        Assert.True(room.IsCompleted);
        Assert.Equal(3UL, pending.Add(listener, new PendingMessage("", "q", null, 1)));
    }

    [Fact]
    public void Bounds_the_bytes_on_their_way_and_lets_one_message_through_however_large_it_is()
    {
        var pending = new PendingPublishes(Capacity, maxBodyBytes: 100, Fail);
        var listener = new Listener();

        Assert.Equal(1UL, pending.Add(listener, new PendingMessage("", "q", null, 1000)));
        var room = pending.WhenRoomFor(1);
        Assert.False(room.IsCompleted);
        pending.Answer(1, multiple: false, PublishOutcome.Confirmed);

        Assert.True(room.IsCompleted);
    }

    [Fact]
    public void Wakes_who_waits_for_room_when_the_channel_is_over()
    {
        var pending = new PendingPublishes(capacity: 1, maxBodyBytes: 100, Fail);
        var listener = new Listener();
        pending.Add(listener, new PendingMessage("", "q", null, 1));
        var room = pending.WhenRoomFor(1);

        pending.Close(PublishOutcome.Lost);

        Assert.True(room.IsCompleted);
        Assert.Equal([PublishOutcome.Lost], listener.Outcomes);
        Assert.Equal(0UL, pending.Add(listener, new PendingMessage("", "q", null, 1)));
        Assert.False(pending.TakeBack(1));
    }

    [Fact]
    public void Matches_a_returned_message_by_key_identity_and_length_oldest_first()
    {
        var pending = new PendingPublishes(Capacity, maxBodyBytes: 100, Fail);
        var (other, first, second) = (new Listener(), new Listener(), new Listener());
        pending.Add(other, new PendingMessage("", "there", "id", 1));
        pending.Add(first, new PendingMessage("", "missing", "id", 1));
        pending.Add(second, new PendingMessage("", "missing", "id", 1));

        pending.Returned("missing", "id", "1"u8.ToArray());
        pending.Returned("missing", "id", "2"u8.ToArray());
        pending.Answer(3, multiple: true, PublishOutcome.Confirmed);

        Assert.Equal([PublishOutcome.Confirmed], other.Outcomes);
        Assert.Equal([PublishOutcome.Returned], first.Outcomes);
        Assert.Equal("1", first.Body);
        Assert.Equal("2", second.Body);
    }

    [Fact]
    public void Tells_the_other_listeners_when_one_throws()
    {
        List<Exception> failures = [];
        var pending = new PendingPublishes(Capacity, maxBodyBytes: 100, failures.Add);
        var other = new Listener();
        pending.Add(new ThrowingListener(), new PendingMessage("", "q", null, 1));
        pending.Add(other, new PendingMessage("", "q", null, 1));

        pending.Answer(2, multiple: true, PublishOutcome.Confirmed);

        Assert.Single(failures);
        Assert.Equal([PublishOutcome.Confirmed], other.Outcomes);
    }

    private static void Fail(Exception exception) => Assert.Fail(exception.ToString());

    private static bool Check(IList<(NonNegativeInt Pick, Move Move)> moves)
    {
        var pending = new PendingPublishes(Capacity, maxBodyBytes: long.MaxValue, Fail);
        List<Listener> all = [];
        SortedDictionary<ulong, Listener> open = [];
        foreach (var (pick, move) in moves)
        {
            var number = open.Count == 0 ? 0 : open.Keys.ElementAt(pick.Get % open.Count);
            switch (move)
            {
                case Move.Add:
                    var listener = new Listener();
                    if (pending.Add(listener, new PendingMessage("", "q", null, 1)) is var added and > 0)
                    {
                        all.Add(listener);
                        open.Add(added, listener);
                    }

                    break;
                case Move.AckOne when number > 0:
                    pending.Answer(number, multiple: false, PublishOutcome.Confirmed);
                    open[number].Expect(PublishOutcome.Confirmed);
                    open.Remove(number);
                    break;
                case Move.NackOne when number > 0:
                    pending.Answer(number, multiple: false, PublishOutcome.Refused);
                    open[number].Expected = PublishOutcome.Refused;
                    open.Remove(number);
                    break;
                case Move.AckUpTo when number > 0:
                    pending.Answer(number, multiple: true, PublishOutcome.Confirmed);
                    foreach (var answered in open.Keys.Where(key => key <= number).ToArray())
                    {
                        open[answered].Expect(PublishOutcome.Confirmed);
                        open.Remove(answered);
                    }

                    break;
                case Move.Return when open.Values.FirstOrDefault(l => !l.IsReturned) is { } returned:
                    pending.Returned("q", null, "x"u8.ToArray());
                    returned.IsReturned = true;
                    break;
                case Move.TakeBack when open.Count > 0 && open.Keys.Last() == (ulong)all.Count:
                    // Only the one that was added last can be, and nobody hears of it.
                    pending.TakeBack(open.Keys.Last());
                    open.Remove(open.Keys.Last());
                    all.RemoveAt(all.Count - 1);
                    break;
            }

            if (pending.Count != open.Count)
            {
                return false;
            }
        }

        pending.Close(PublishOutcome.Lost);
        foreach (var lost in open.Values)
        {
            lost.Expected = PublishOutcome.Lost;
        }

        return all.TrueForAll(listener => listener.Outcomes is [var outcome] && outcome == listener.Expected);
    }

    [Fact]
    public void Tells_each_message_its_own_end_when_the_broker_closes_the_channel()
    {
        var pending = new PendingPublishes(Capacity, maxBodyBytes: 10_000, Fail);
        var (small, large) = (new Listener(), new Listener());
        pending.Add(small, new PendingMessage("", "q", "a", 10));
        pending.Add(large, new PendingMessage("", "q", "b", 2000));

        var ended = pending.Close(message => message.BodyBytes > 1000
            ? new PublishAnswer(PublishOutcome.RefusedForGood, PublishRefusal.TooLarge(message.BodyBytes, 1000))
            : new PublishAnswer(PublishOutcome.Lost));

        Assert.Equal(2, ended);
        Assert.Equal([PublishOutcome.Lost], small.Outcomes);
        Assert.Equal([PublishOutcome.RefusedForGood], large.Outcomes);
    }

    [Fact]
    [Trait("Case", "A7")]
    public void Gives_up_what_is_unanswered_while_later_messages_are_answered_and_makes_room()
    {
        var pending = new PendingPublishes(capacity: 3, maxBodyBytes: 10_000, Fail);
        var (dead, alive, waiting) = (new Listener(), new Listener(), new Listener());
        pending.Add(dead, new PendingMessage("", "leaderless", "a", 1));
        var sentBefore = pending.Next;
        Assert.Equal(0, pending.GiveUp(sentBefore));
        pending.Add(alive, new PendingMessage("", "q", "b", 1));
        pending.Add(waiting, new PendingMessage("", "leaderless", "c", 1));
        pending.Answer(2, multiple: false, PublishOutcome.Confirmed);

        Assert.Equal(1, pending.GiveUp(sentBefore));

        Assert.Equal([PublishOutcome.Refused], dead.Outcomes);
        Assert.Equal([PublishOutcome.Confirmed], alive.Outcomes);
        Assert.Empty(waiting.Outcomes);
        Assert.True(pending.WhenRoomFor(1).IsCompleted);
        Assert.Equal(0, pending.Answer(1, multiple: false, PublishOutcome.Confirmed));
    }

    private sealed class ThrowingListener : IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody) => throw new InvalidOperationException("as it must not");
    }

    private sealed class Listener : IPublishListener
    {
        public List<PublishOutcome> Outcomes { get; } = [];

        public PublishOutcome? Expected { get; set; }

        public bool IsReturned { get; set; }

        public string? Body { get; private set; }

        public void Expect(PublishOutcome confirmed) => Expected = IsReturned ? PublishOutcome.Returned : confirmed;

        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
        {
            Outcomes.Add(outcome);
            Body = Encoding.UTF8.GetString(returnedBody.Span);
        }
    }
}
