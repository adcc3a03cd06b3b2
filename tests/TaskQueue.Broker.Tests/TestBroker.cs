using System.Net;
using RabbitMQ.Client;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Tests;

/// <summary>A broker for one test, with the user guest.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    public const string User = "guest";

    private TestBroker(AmqpBroker broker) => Broker = broker;

    public AmqpBroker Broker { get; }

    public int Port => ((IPEndPoint)Broker.Endpoints[0]).Port;

    public static async Task<TestBroker> StartAsync(Func<AmqpBrokerOptions, AmqpBrokerOptions>? change = null, IMessageStore? store = null)
    {
        var options = new AmqpBrokerOptions { Access = new UserList([new ListedUser(User, User)]) };
        options = change?.Invoke(options) ?? options;
        return new TestBroker(await (store is null ? AmqpBroker.StartAsync(options) : AmqpBroker.StartAsync(options, store)));
    }

    public Task<IConnection> ConnectAsync(CancellationToken cancellationToken) =>
        new ConnectionFactory { HostName = "127.0.0.1", Port = Port, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(cancellationToken);

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
