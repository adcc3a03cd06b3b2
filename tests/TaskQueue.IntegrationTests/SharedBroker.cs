using System.Globalization;
using TaskQueue.IntegrationTests;
using TaskQueue.Messaging;
using TaskQueue.Testing;

[assembly: AssemblyFixture(typeof(SharedBroker))]

namespace TaskQueue.IntegrationTests;

/// <summary>The broker of all tests that are not about RabbitMQ, and leave it alone.</summary>
public sealed class SharedBroker : IAsyncLifetime
{
    public PrivateBroker Broker { get; private set; } = null!;

    public BrokerOptions BrokerOptions => Broker.BrokerOptions;

    public async ValueTask InitializeAsync() => Broker = await PrivateBroker.StartAsync();

    public ValueTask DisposeAsync() => Broker?.DisposeAsync() ?? default;

    /// <summary>The environment of a command that comes to this broker, and finds no plugins.</summary>
    /// <param name="prefix">What the names of the test's queues begin with.</param>
    public Dictionary<string, string> CommandEnvironment(string prefix) => CommandEnvironment(Broker, prefix);

    /// <summary>The environment of a command that comes to another broker.</summary>
    public static Dictionary<string, string> CommandEnvironment(PrivateBroker broker, string prefix) => new(StringComparer.Ordinal)
    {
        ["TASKQUEUE__AMQP__HOST"] = "127.0.0.1",
        ["TASKQUEUE__AMQP__PORT"] = broker.Port.ToString(CultureInfo.InvariantCulture),
        ["TASKQUEUE__AMQP__USER"] = broker.BrokerOptions.User,
        ["TASKQUEUE__AMQP__PASSWD"] = broker.BrokerOptions.Password!,
        ["TASKQUEUE__AMQP__QUEUE_PREFIX"] = prefix,
        ["TASKQUEUE__TASKQUEUE__PLUGIN_DIR"] = "/nonexistent",
    };
}
