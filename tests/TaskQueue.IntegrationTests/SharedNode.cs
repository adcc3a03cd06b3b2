using TaskQueue.IntegrationTests;
using TaskQueue.Messaging;
using TaskQueue.Testing;

[assembly: AssemblyFixture(typeof(SharedNode))]

namespace TaskQueue.IntegrationTests;

/// <summary>The node that all tests use which leave it alone.</summary>
public sealed class SharedNode : IAsyncLifetime
{
    private BrokerContainer? _container;

    public RabbitMqNode Node { get; private set; } = null!;

    /// <summary>How to reach a broker of which nothing but its protocol is needed: the container, where one was asked for, else the node.</summary>
    public BrokerOptions BrokerOptions => _container?.BrokerOptions ?? Node.BrokerOptions;

    public async ValueTask InitializeAsync()
    {
        Node = await RabbitMqNode.StartAsync();
        _container = await BrokerContainer.StartIfAskedForAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_container is not null)
        {
            await _container.DisposeAsync();
        }

        if (Node is not null)
        {
            await Node.DisposeAsync();
        }
    }
}
