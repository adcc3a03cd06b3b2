using TaskQueue.Messaging.Diagnosis;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class DeclaringTests
{
    private const string AckTimeout = "x-consumer-timeout", DeliveryLimit = "x-delivery-limit";

    [Theory]
    [InlineData("3.10.8", QueueType.Quorum, false)]
    [InlineData("3.11.28", QueueType.Quorum, false)]
    [InlineData("3.12.0", QueueType.Quorum, true)]
    [InlineData("3.13.7", QueueType.Classic, true)]
    [InlineData("4.1.0-beta.2+1.gabcdef", QueueType.Quorum, true)]
    [InlineData("4.2.3", QueueType.Classic, true)]
    [InlineData("4.3.0", QueueType.Quorum, true)]
    [InlineData("4.3.0", QueueType.Classic, false)]
    [InlineData("unknown", QueueType.Quorum, false)]
    public void Asks_for_an_acknowledgement_timeout_where_the_broker_knows_such_a_thing(string version, QueueType type, bool asks)
    {
        var queue = new QueueDefinition("q", type) { AckTimeout = TimeSpan.FromHours(2) };

        var arguments = Declaring.Arguments(queue, BrokerFeatures.Of(version));

        Assert.Equal(asks, arguments.ContainsKey(AckTimeout));
        Assert.Equal(asks ? 7_200_000L : null, arguments.GetValueOrDefault(AckTimeout));
    }

    [Theory]
    [InlineData("3.10.8", QueueType.Quorum, AckTimeoutSource.Broker)]
    [InlineData("3.12.0", QueueType.Quorum, AckTimeoutSource.Queue)]
    [InlineData("4.3.0", QueueType.Classic, AckTimeoutSource.Nothing)]
    public void Knows_what_decides_how_long_a_delivery_may_stay_unsettled(string version, QueueType type, AckTimeoutSource source)
    {
        Assert.Equal(source, Declaring.AckTimeoutOf(QueueDefinition.OfTasks("q", type), BrokerFeatures.Of(version)));
        Assert.Equal(
            source == AckTimeoutSource.Queue ? AckTimeoutSource.Broker : source, Declaring.AckTimeoutOf(new QueueDefinition("q", type), BrokerFeatures.Of(version)));
    }

    [Fact]
    public void Asks_for_no_acknowledgement_timeout_when_none_is_wanted() =>
        Assert.DoesNotContain(AckTimeout, Declaring.Arguments(new QueueDefinition("q"), BrokerFeatures.Of("4.1.0")));

    [Theory]
    [InlineData("3.13.7", 3, 13)]
    [InlineData("4.1.0-beta.2+1.gabcdef", 4, 1)]
    [InlineData("4", 0, 0)]
    [InlineData("unknown", 0, 0)]
    public void Reads_a_version_and_takes_what_it_cannot_read_for_an_old_one(string text, int major, int minor) =>
        Assert.Equal(new Version(major, minor), BrokerFeatures.Of(text).Version);

    [Theory]
    [InlineData("3.13.7", false)]
    [InlineData("4.0.1", true)]
    [InlineData("10.0.0", true)]
    public void Switches_the_delivery_limit_off_where_there_is_one(string version, bool switches) =>
        Assert.Equal(switches, Declaring.Arguments(new QueueDefinition("q"), BrokerFeatures.Of(version)).ContainsKey(DeliveryLimit));
}
