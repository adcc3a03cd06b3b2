using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class TimeLimitTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("10", 10)]
    [InlineData("0.25", 0.25)]
    [InlineData("3600", 60)]
    public void A_message_can_only_shorten_the_limit(string header, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), TimeLimit.Of(Minute, With(header), out var problem));
        Assert.Null(problem);
    }

    [Fact]
    public void Without_a_configured_limit_the_message_has_the_say_within_reason()
    {
        Assert.Equal(TimeSpan.FromHours(1), TimeLimit.Of(configured: null, With("3600"), out _));
        Assert.Equal(TimeSpan.FromDays(30), TimeLimit.Of(configured: null, With("1" + new string('0', 300)), out _));
        Assert.Null(TimeLimit.Of(configured: null, new MessageProperties(), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1m")]
    [InlineData("NaN")]
    public void What_is_no_limit_is_named(string header)
    {
        TimeLimit.Of(Minute, With(header), out var problem);

        Assert.Equal($"header x-taskqueue-timeout = \"{header}\": expected a number of seconds greater than 0", problem);
    }

    private static MessageProperties With(string header) =>
        new MessageProperties().WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Timeout, header));
}
