using Microsoft.Extensions.Time.Testing;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Dispatcher.Tests.Forwarding;

public sealed class ForwardedPropertiesTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddSeconds(1000));

    [Fact]
    public void Passes_on_what_came_without_copying_it()
    {
        var properties = new MessageProperties { MessageId = "1" }.WithHeaders(new("x-delivery-count", 2L), new("a", "b"));

        Assert.Same(properties, Of(properties, redelivered: false));
        properties = properties with { Headers = null };
        Assert.Same(properties, Of(properties, redelivered: true));
    }

    [Fact]
    public void Gives_an_identity_to_a_message_that_has_none()
    {
        var first = Of(new MessageProperties(), redelivered: false).MessageId;

        Assert.NotEmpty(first!);
        Assert.NotEqual(first, Of(new MessageProperties { MessageId = "" }, redelivered: false).MessageId);
    }

    [Fact]
    public void Leaves_out_what_this_queue_counted_when_it_delivered_again()
    {
        var properties = new MessageProperties { MessageId = "1" }.WithHeaders(new("x-delivery-count", 2L), new("x-acquired-count", 3L), new("a", "b"));

        Assert.Equal(["a"], Of(properties, redelivered: true).Headers!.Keys);
    }

    [Fact]
    public void Tells_the_pool_when_a_task_expires()
    {
        var forwarded = Of(new MessageProperties { MessageId = "1", Expiration = "60000" }, redelivered: false);

        Assert.Equal("60000", forwarded.Expiration);
        Assert.Equal(1_060_000L, forwarded.Headers![HeaderNames.Expires]);
    }

    [Fact]
    public void Keeps_the_expiry_that_a_task_has_already()
    {
        var properties = new MessageProperties { MessageId = "1", Expiration = "60000" }.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.Expires, 7L));

        Assert.Same(properties, Of(properties, redelivered: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10s")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    public void Leaves_an_expiration_that_cannot_be_read_to_the_broker(string expiration)
    {
        var properties = new MessageProperties { MessageId = "1", Expiration = expiration };

        Assert.Same(properties, Of(properties, redelivered: false));
    }

    private MessageProperties Of(MessageProperties properties, bool redelivered)
    {
        var delivery = new StubDelivery("taskqueue", properties, redelivered);
        var forwarded = ForwardedProperties.Of(delivery, _time);
        Assert.Empty(delivery.Settlements);
        return forwarded;
    }
}
