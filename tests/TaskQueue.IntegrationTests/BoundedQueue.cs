using RabbitMQ.Client;
using TaskQueue.Messaging;

namespace TaskQueue.IntegrationTests;

/// <summary>A queue that somebody else has declared with a bound of his own.</summary>
internal static class BoundedQueue
{
    /// <summary>Declares one that refuses what it has no room for.</summary>
    /// <param name="broker">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>Its name.</returns>
    public static async Task<string> DeclareAsync(BrokerOptions broker, string name, QueueType type, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = broker.Port!.Value, UserName = broker.User, Password = broker.Password! };
        await using var connection = await factory.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = type == QueueType.Quorum ? "quorum" : "classic", ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" };
        await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
        return name;
    }
}
