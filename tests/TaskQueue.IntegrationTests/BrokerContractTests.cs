using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

public sealed class RabbitMqQuorumTests(SharedNode shared) : BrokerContract, IClassFixture<SharedNode>
{
    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
}

public sealed class RabbitMqClassicTests(SharedNode shared) : BrokerContract, IClassFixture<SharedNode>
{
    protected override QueueType QueueType => QueueType.Classic;

    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
}

public sealed class EmbeddedQuorumTests(EmbeddedBroker embedded) : BrokerContract, IClassFixture<EmbeddedBroker>
{
    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(embedded.BrokerOptions, TestEnds);
}

public sealed class EmbeddedClassicTests(EmbeddedBroker embedded) : BrokerContract, IClassFixture<EmbeddedBroker>
{
    protected override QueueType QueueType => QueueType.Classic;

    protected override Task<IBroker> ConnectAsync() => RabbitMqTestBroker.ConnectAsync(embedded.BrokerOptions, TestEnds);
}

/// <summary>The embedded broker, whichever one the other tests run with.</summary>
public sealed class EmbeddedBroker : IAsyncLifetime
{
    private BrokerProcess _process = null!;

    public BrokerOptions BrokerOptions => _process.BrokerOptions;

    public async ValueTask InitializeAsync() => _process = await BrokerProcess.StartAsync();

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? default;
}

internal static class RabbitMqTestBroker
{
    /// <summary>A connection named after the test.</summary>
    public static async Task<IBroker> ConnectAsync(BrokerOptions options, CancellationToken cancellationToken)
    {
        var broker = new RabbitMqBroker(
            options with { ConnectionName = TestContext.Current.TestCase?.TestCaseDisplayName ?? "test" }, new ListLogger(), TimeProvider.System);
        await broker.ConnectAsync(cancellationToken);
        return broker;
    }
}
