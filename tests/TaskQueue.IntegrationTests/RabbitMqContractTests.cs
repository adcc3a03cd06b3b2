using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

public sealed class RabbitMqQuorumTests(SharedNode shared) : BrokerContract
{
    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(shared.Node, TestEnds);
}

public sealed class RabbitMqClassicTests(SharedNode shared) : BrokerContract
{
    protected override QueueType QueueType => QueueType.Classic;

    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(shared.Node, TestEnds);
}

internal static class RabbitMqTestBroker
{
    /// <summary>A connection named after the test.</summary>
    public static async Task<IBroker> ConnectAsync(RabbitMqNode node, CancellationToken cancellationToken)
    {
        var broker = new RabbitMqBroker(
            node.BrokerOptions with { ConnectionName = TestContext.Current.TestCase?.TestCaseDisplayName ?? "test" }, new ListLogger(), TimeProvider.System);
        await broker.ConnectAsync(cancellationToken);
        return broker;
    }
}
