using RabbitMQ.Client;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class AmqpPropertiesTests
{
    [Fact]
    public void Moves_the_publishers_user_into_a_header_because_the_broker_would_not_take_it_from_us()
    {
        var written = AmqpProperties.Write(new MessageProperties { UserId = "alice", MessageId = "m" });

        Assert.Null(written.UserId);
        Assert.Equal("alice", written.Headers![HeaderNames.UserId]);
    }

    [Theory]
    [Trait("Case", "A1")]
    [Trait("Case", "A2")]
    [InlineData("CC")]
    [InlineData("BCC")]
    [InlineData("x-death")]
    [InlineData("x-first-death-queue")]
    [InlineData("x-last-death-reason")]
    [InlineData("x-delivery-count")]
    [InlineData("x-acquired-count")]
    [InlineData("x-delay")]
    [InlineData("x-deduplication-header")]
    public void Withholds_what_the_broker_would_act_on_and_keeps_it_under_another_name(string name)
    {
        var value = new List<object?> { "audit"u8.ToArray() };
        var headers = new Dictionary<string, object?> { [name] = value, ["Cc"] = "mine", [HeaderNames.Withheld(name)] = "of an earlier stage" };

        var written = AmqpProperties.Write(new MessageProperties { Headers = headers });

        Assert.Equal([$"x-taskqueue-withheld-{name}", "Cc"], written.Headers!.Keys.OrderBy(key => key.Length).Reverse());
        Assert.Same(value, written.Headers[HeaderNames.Withheld(name)]);
        Assert.Equal(3, headers.Count);
    }

    [Fact]
    public void Withholds_a_reply_to_that_only_the_broker_can_resolve()
    {
        var resolved = AmqpProperties.Write(new MessageProperties { ReplyTo = "amq.rabbitmq.reply-to.g1h2AA" });
        var written = AmqpProperties.Write(new MessageProperties { ReplyTo = "amq.rabbitmq.reply-to" });

        Assert.Equal("amq.rabbitmq.reply-to.g1h2AA", resolved.ReplyTo);
        Assert.Null(resolved.Headers);
        Assert.Null(written.ReplyTo);
        Assert.Equal("amq.rabbitmq.reply-to", written.Headers![HeaderNames.Withheld("reply-to")]);
    }

    [Fact]
    public void Passes_header_values_on_as_they_are()
    {
        var headers = new Dictionary<string, object?> { ["a"] = new byte[] { 255 }, ["b"] = new AmqpTimestamp(5), ["c"] = new BinaryTableValue([1]) };

        var there = AmqpProperties.Write(new MessageProperties { Headers = headers });
        var back = AmqpProperties.Read(there);

        Assert.Same(headers, back.Headers);
    }

    [Fact]
    public void Leaves_out_what_is_not_set()
    {
        var written = AmqpProperties.Write(new MessageProperties { Persistent = false });

        Assert.False(written.IsPriorityPresent() || written.IsTimestampPresent() || written.IsMessageIdPresent() || written.IsHeadersPresent());
        Assert.Equal(DeliveryModes.Transient, written.DeliveryMode);
        Assert.Equal(new MessageProperties { Persistent = false }, AmqpProperties.Read(written));
    }
}
