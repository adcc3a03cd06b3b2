using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class QuarantineTests
{
    private const int Prefetch = 100, Position = 60;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1), Long = TimeSpan.FromSeconds(5);

    private readonly Quarantine _quarantine = new();

    [Fact]
    public void A_message_that_ends_every_connection_is_set_aside_and_all_others_get_through()
    {
        var queue = Enumerable.Range(0, Prefetch).Select(i => Message($"m{i}")).ToList();
        var culprit = queue[Position];
        var (sessions, done) = (0, 0);
        while (queue.Count > 0)
        {
            sessions++;
            Assert.InRange(sessions, 1, 6);
            var limit = _quarantine.Limit(Prefetch);
            var ended = false;
            while (!ended && queue.Count > 0)
            {
                var taken = queue.Take(limit).ToList();
                if (taken.Contains(culprit) && _quarantine.Verdict(redelivered: true, culprit) is null)
                {
                    _quarantine.SessionEnded(Short, taken);
                    ended = true;
                }
                else
                {
                    Assert.All(taken, message => Assert.Equal(message == culprit, _quarantine.Verdict(redelivered: true, message) is not null));
                    queue.RemoveRange(0, taken.Count);
                    done += taken.Count;
                }
            }
        }

        Assert.Equal((5, Prefetch), (sessions, done));
    }

    [Fact]
    public void A_connection_that_ends_with_other_messages_each_time_puts_nobody_into_quarantine()
    {
        for (var i = 0; i < 10; i++)
        {
            _quarantine.SessionEnded(Short, [Message($"m{i}")]);

            Assert.False(_quarantine.IsOn);
            Assert.Null(_quarantine.Verdict(redelivered: true, Message($"m{i}")));
        }
    }

    [Fact]
    public void Connections_that_last_say_nothing_against_a_message()
    {
        for (var i = 0; i < 10; i++)
        {
            _quarantine.SessionEnded(Long, [Message("long")]);
        }

        Assert.False(_quarantine.IsOn);
    }

    [Fact]
    public void Nobody_is_judged_by_what_happened_in_company()
    {
        _quarantine.SessionEnded(Short, [Message("a"), Message("b")]);
        _quarantine.SessionEnded(Short, [Message("a"), Message("b")]);
        Assert.Equal(1, _quarantine.Limit(500));
        Assert.Equal(0, _quarantine.Limit(0));

        _quarantine.SessionEnded(Short, [Message("a")]);

        Assert.Null(_quarantine.Verdict(redelivered: true, Message("a")));
    }

    [Fact]
    public void A_connection_that_lasts_ends_it_and_a_message_that_comes_for_the_first_time_is_never_judged()
    {
        for (var i = 0; i < 4; i++)
        {
            _quarantine.SessionEnded(Short, [Message("a")]);
        }

        // What the broker counts in its headers does not make it another message.
        Assert.NotNull(_quarantine.Verdict(redelivered: true, Message("a", deliveries: 7)));
        Assert.Null(_quarantine.Verdict(redelivered: false, Message("a")));
        Assert.Null(_quarantine.Verdict(redelivered: true, Message("b")));

        _quarantine.SessionLasts();

        Assert.Equal(500, _quarantine.Limit(500));
        Assert.Null(_quarantine.Verdict(redelivered: true, Message("a")));
    }

    private static MessageProperties Message(string id, long deliveries = 1) => new()
    {
        MessageId = id,
        Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["of"] = "somebody", [HeaderNames.DeliveryCount] = deliveries },
    };
}
