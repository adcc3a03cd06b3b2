using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class AttemptsTests
{
    [Theory]
    [InlineData(null, null, false, 0)]
    [InlineData(2, null, false, 2)]
    [InlineData(null, 4, true, 4)]
    [InlineData(2, 4, true, 6)]
    [InlineData(int.MaxValue, int.MaxValue, true, 2_000_000_000)]
    public void Adds_what_was_recorded_to_what_the_queue_counted(int? recorded, int? counted, bool redelivered, int expected)
    {
        Assert.Equal(expected, Attempts.Earlier(Tasks.Arrived(Given(recorded, counted), redelivered)));
    }

    [Fact]
    public void A_count_that_a_publisher_made_up_or_another_queue_left_is_none()
    {
        Assert.Equal(0, Attempts.Earlier(Tasks.Arrived(Given(recorded: null, counted: 7))));
        Assert.Equal(0, Attempts.Earlier(Tasks.Arrived(new MessageProperties().WithHeaders(Header(HeaderNames.Attempts, "many")))));
        Assert.Equal(0, Attempts.Earlier(Tasks.Arrived(new MessageProperties().WithHeaders(Header(HeaderNames.Attempts, -3)))));
    }

    [Theory]
    [InlineData(null, false, false)]
    [InlineData(null, true, true)]
    [InlineData(1, true, false)]
    public void Sees_when_a_queue_does_not_count(int? counted, bool redelivered, bool uncounted)
    {
        Assert.Equal(uncounted, Attempts.IsUncounted(Tasks.Arrived(Given(recorded: null, counted), redelivered)));
    }

    [Fact]
    public void What_is_recorded_is_not_counted_a_second_time()
    {
        var again = Attempts.Record(Given(recorded: 1, counted: 2).WithHeaders(Header("tenant", "acme")), "m1", attempts: 3);

        Assert.Equal("m1", again.MessageId);
        Assert.Equal(["tenant", HeaderNames.Attempts], again.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(3, Attempts.Earlier(Tasks.Arrived(again)));
    }

    private static MessageProperties Given(int? recorded, int? counted)
    {
        var properties = new MessageProperties();
        if (recorded is { } attempts)
        {
            properties = properties.WithHeaders(Header(HeaderNames.Attempts, attempts));
        }

        return counted is { } count ? properties.WithHeaders(Header("x-delivery-count", (long)count)) : properties;
    }

    private static KeyValuePair<string, object?> Header(string name, object value) => new(name, value);
}
