using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

[Trait("Case", "D3")]
public sealed class SessionBackOffTests
{
    [Fact]
    public void Only_a_session_that_lasted_is_followed_at_once()
    {
        Assert.True(SessionBackOff.IsShort(TimeSpan.Zero));
        Assert.True(SessionBackOff.IsShort(TimeSpan.FromSeconds(4.9)));
        Assert.False(SessionBackOff.IsShort(TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.Zero, SessionBackOff.Delay(0));
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(6, 3200)]
    [InlineData(7, 5000)]
    [InlineData(int.MaxValue, 5000)]
    public void Each_short_session_doubles_the_delay_up_to_the_longest(int shortSessions, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), SessionBackOff.Delay(shortSessions));
}
