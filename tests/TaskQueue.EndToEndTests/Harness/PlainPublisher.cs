using RabbitMQ.Client;
using TaskQueue.Messaging;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>A publisher as others write them: what it sends reaches the broker as it is.</summary>
public sealed class PlainPublisher : IAsyncDisposable
{
    private readonly IConnection _connection;

    private PlainPublisher(IConnection connection, IChannel channel)
    {
        _connection = connection;
        Channel = channel;
    }

    public IChannel Channel { get; }

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    /// <summary>Connects.</summary>
    /// <param name="broker">Where to.</param>
    /// <param name="user">As whom, with the same word as password; by default as the services do.</param>
    public static async Task<PlainPublisher> ConnectAsync(BrokerOptions broker, string? user = null)
    {
        var factory = new ConnectionFactory
        {
            HostName = broker.Hosts[0].Name,
            Port = broker.Hosts[0].Port ?? broker.Port ?? AmqpTcpEndpoint.UseDefaultPort,
            VirtualHost = broker.VirtualHost,
            UserName = user ?? broker.User,
            Password = user ?? broker.Password ?? broker.User,
        };
        var connection = await factory.CreateConnectionAsync(TestEnds);
        var confirming = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        return new PlainPublisher(connection, await connection.CreateChannelAsync(confirming, TestEnds));
    }

    /// <summary>Publishes and waits for the confirm.</summary>
    /// <exception cref="RabbitMQ.Client.Exceptions.RabbitMQClientException">The broker refused it.</exception>
    public async Task SendAsync(string routingKey, BasicProperties properties, ReadOnlyMemory<byte> body, string exchange = "") =>
        await Channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, body, TestEnds);

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
