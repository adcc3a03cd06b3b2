using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

public sealed class RabbitMqQuorumTests(SharedNode shared) : BrokerContract
{
    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
}

public sealed class RabbitMqClassicTests(SharedNode shared) : BrokerContract
{
    protected override QueueType QueueType => QueueType.Classic;

    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
}

internal static class RabbitMqTestBroker
{
    /// <summary>A connection named after the test.</summary>
    public static Task<IBroker> ConnectAsync(RabbitMqNode node, CancellationToken cancellationToken) => ConnectAsync(node.BrokerOptions, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(RabbitMqNode, CancellationToken)"/>
    public static async Task<IBroker> ConnectAsync(BrokerOptions options, CancellationToken cancellationToken)
    {
        var broker = new RabbitMqBroker(
            options with { ConnectionName = TestContext.Current.TestCase?.TestCaseDisplayName ?? "test" }, new ListLogger(), TimeProvider.System);
        await broker.ConnectAsync(cancellationToken);
        return broker;
    }
}
