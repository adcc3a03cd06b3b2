using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class AttemptsTests
{
    [Theory]
    [InlineData(null, 0)]
    [InlineData(2, 2)]
    [InlineData(int.MaxValue, 1_000_000_000)]
    [InlineData("many", 0)]
    [InlineData(-3, 0)]
    public void Believes_what_was_recorded_within_reason(object? recorded, int expected)
    {
        var properties = recorded is null ? new MessageProperties() : new MessageProperties().WithHeaders(Header(HeaderNames.Attempts, recorded));

        Assert.Equal(expected, Tasks.Waiting(Tasks.Arrived(properties)).EarlierAttempts);
    }

    [Fact]
    [Trait("Case", "B4")]
    public void What_the_queue_counted_is_no_attempt()
    {
        var looked = new MessageProperties().WithHeaders(Header(HeaderNames.DeliveryCount, 7L));

        var task = Tasks.Waiting(Tasks.Arrived(looked, redelivered: true));

        Assert.Equal((0, false), (task.EarlierAttempts, task.IsSuspect));
    }

    [Fact]
    public void What_is_recorded_is_not_counted_a_second_time()
    {
        var again = Attempts.Record(
            new MessageProperties().WithHeaders(Header(HeaderNames.Attempts, 1), Header(HeaderNames.DeliveryCount, 2L), Header("tenant", "acme")), "m1", attempts: 3);

        Assert.Equal("m1", again.MessageId);
        Assert.Equal(["tenant", HeaderNames.Attempts], again.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(3, Attempts.Recorded(again));
    }

    [Fact]
    [Trait("Case", "B8")]
    public void A_buried_task_that_somebody_has_moved_back_starts_anew()
    {
        var buried = new MessageProperties { MessageId = "m1" }.WithHeaders(
            Header(HeaderNames.Attempts, 5),
            Header(HeaderNames.Suspect, true),
            Header(HeaderNames.Reason, "crash"),
            Header(HeaderNames.LastFailure, "2026-01-01T00:00:00Z"),
            Header(HeaderNames.Expiration, "60000"),
            Header("tenant", "acme"));

        var task = Tasks.Waiting(Tasks.Arrived(buried));

        Assert.Equal((0, false, "60000"), (task.EarlierAttempts, task.IsSuspect, task.Properties.Expiration));
        Assert.Equal(["tenant"], task.Properties.Headers!.Keys);
    }

    private static KeyValuePair<string, object?> Header(string name, object value) => new(name, value);
}
