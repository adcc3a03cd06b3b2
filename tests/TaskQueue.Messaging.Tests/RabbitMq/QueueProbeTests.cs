using TaskQueue.Messaging.Diagnosis;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class QueueProbeTests
{
    private const string Refused = "406 PRECONDITION_FAILED - inequivalent arg ";

    [Theory]
    [InlineData("'x-delivery-limit' for queue 'q' in vhost '/': received the value '-1' of type 'signedint' but current is none", "x-delivery-limit", null)]
    [InlineData("'x-delivery-limit' for queue 'q' in vhost '/': received none but current is the value '3' of type 'signedint'", "x-delivery-limit", 3L)]
    [InlineData("'x-delivery-limit' for queue 'q' in vhost '/': received '-1' but current is '2'", "x-delivery-limit", 2L)]
    [InlineData("'x-queue-type' for queue 'q' in vhost '/': received 'quorum' but current is 'classic'", "x-queue-type", "classic")]
    [InlineData("'x-queue-type' for queue 'q' in vhost '/': received the value 'quorum' of type 'longstr' but current is none", "x-queue-type", null)]
    [InlineData("'x-dead-letter-exchange' for queue 'it's' in vhost '/': received none but current is the value 'it's' of type 'longstr'", "x-dead-letter-exchange", "it's")]
    [InlineData("'x-single-active-consumer' for queue 'q' in vhost '/': received none but current is the value 'true' of type 'bool'", "x-single-active-consumer", true)]
    public void Learns_an_argument_from_a_refusal(string refusal, string argument, object? value)
    {
        Dictionary<string, object?> arguments = new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = -1L };

        Assert.True(QueueProbe.Learn(arguments, Refused + refusal));
        Assert.Equal(value, arguments.GetValueOrDefault(argument));
        Assert.Equal(value is not null, arguments.ContainsKey(argument));
    }

    [Theory]
    [InlineData("'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'")]
    [InlineData("'x-delivery-limit' for queue 'a name so long that the broker cut its answer")]
    [InlineData("'x-other' for queue 'q' in vhost '/': received the value '1' of type 'signedint' but current is none")]
    public void Learns_nothing_where_there_is_nothing_new(string refusal) =>
        Assert.False(QueueProbe.Learn(new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" }, Refused + refusal));

    [Theory]
    [InlineData("3.10.8", "quorum", null, null)]
    [InlineData("4.0.5", "quorum", null, 20L)]
    [InlineData("4.0.5", "quorum", -1L, null)]
    [InlineData("3.10.8", "quorum", 5L, 5L)]
    [InlineData("4.3.6", "classic", null, null)]
    [InlineData("4.3.6", null, null, null)]
    public void Knows_after_how_many_returns_a_queue_drops_a_message(string version, string? type, long? declared, long? limit)
    {
        Dictionary<string, object?> arguments = new(StringComparer.Ordinal) { ["x-queue-type"] = type };
        if (declared is { } number)
        {
            arguments["x-delivery-limit"] = number;
        }

        Assert.Equal(limit, QueueProbe.TraitsOf(arguments, BrokerFeatures.Of(version)).DeliveryLimit);
    }
}
