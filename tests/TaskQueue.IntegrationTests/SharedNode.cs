using TaskQueue.IntegrationTests;
using TaskQueue.Testing;

[assembly: AssemblyFixture(typeof(SharedNode))]

namespace TaskQueue.IntegrationTests;

/// <summary>The node that all tests use which leave it alone.</summary>
public sealed class SharedNode : IAsyncLifetime
{
    public RabbitMqNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Node = await RabbitMqNode.StartAsync();

    public ValueTask DisposeAsync() => Node?.DisposeAsync() ?? default;
}
