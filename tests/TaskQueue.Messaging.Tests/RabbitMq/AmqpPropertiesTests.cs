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
