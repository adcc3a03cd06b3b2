using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

[assembly: AssemblyFixture(typeof(Machine))]

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>What all end-to-end tests share: the installation and a broker.</summary>
public sealed class Machine : IAsyncLifetime
{
    public Installation Installation { get; } = new();

    public RabbitMqNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Node = await RabbitMqNode.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (Node is not null)
        {
            await Node.DisposeAsync();
        }

        Installation.Dispose();
    }
}
