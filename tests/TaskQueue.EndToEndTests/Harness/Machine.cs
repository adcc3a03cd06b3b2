using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

[assembly: AssemblyFixture(typeof(Machine))]

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>What all end-to-end tests share: the installation and a broker.</summary>
public sealed class Machine : IAsyncLifetime
{
    public Installation Installation { get; } = new();

    public PrivateBroker Broker { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Broker = await PrivateBroker.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (Broker is not null)
        {
            await Broker.DisposeAsync();
        }

        Installation.Dispose();
    }
}
