using TaskQueue.IntegrationTests;
using TaskQueue.Messaging;
using TaskQueue.Testing;

[assembly: AssemblyFixture(typeof(NodeOfAll))]

namespace TaskQueue.IntegrationTests;

/// <summary>The RabbitMQ node of all tests that are about RabbitMQ, and leave it alone.</summary>
public sealed class SharedNode(NodeOfAll all) : IAsyncLifetime
{
    public RabbitMqNode Node { get; private set; } = null!;

    /// <summary>How to reach a RabbitMQ of which nothing but its protocol is needed: the container, where one was asked for, else the node.</summary>
    public BrokerOptions BrokerOptions { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (Node, var container) = await all.StartedAsync();
        BrokerOptions = container?.BrokerOptions ?? Node.BrokerOptions;
    }

    public ValueTask DisposeAsync() => default;
}

/// <summary>Starts the node with the first test that needs it, and ends it with the last of all.</summary>
public sealed class NodeOfAll : IAsyncDisposable
{
    private readonly Lazy<Task<(RabbitMqNode Node, BrokerContainer? Container)>> _started = new(StartAsync);

    public Task<(RabbitMqNode Node, BrokerContainer? Container)> StartedAsync() => _started.Value;

    public async ValueTask DisposeAsync()
    {
        if (!_started.IsValueCreated || !_started.Value.IsCompletedSuccessfully)
        {
            return;
        }

        var (node, container) = await _started.Value;
        await node.DisposeAsync();
        if (container is not null)
        {
            await container.DisposeAsync();
        }
    }

    private static async Task<(RabbitMqNode Node, BrokerContainer? Container)> StartAsync() =>
        (await RabbitMqNode.StartAsync(), await BrokerContainer.StartIfAskedForAsync());
}
