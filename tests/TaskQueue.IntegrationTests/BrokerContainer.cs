using TaskQueue.Messaging;
using Testcontainers.RabbitMq;

namespace TaskQueue.IntegrationTests;

/// <summary>A broker in a container, for the contract suite to run against an image instead of the programs of this machine.</summary>
public sealed class BrokerContainer : IAsyncDisposable
{
    /// <summary>The environment variable that names the image, such as <c>rabbitmq:4.3</c>. A container engine (Docker, or Podman's socket) has to answer.</summary>
    public const string Variable = "TASKQUEUE_TEST_CONTAINER";

    private const int AmqpPort = 5672;
    private const string User = "taskqueue", Password = "taskqueue";

    private readonly RabbitMqContainer _container;

    private BrokerContainer(string image) => _container = new RabbitMqBuilder(image).WithUsername(User).WithPassword(Password).Build();

    /// <summary>How to reach it.</summary>
    public BrokerOptions BrokerOptions => new()
    {
        Hosts = [new BrokerHost(_container.Hostname, _container.GetMappedPublicPort(AmqpPort))],
        User = User,
        Password = Password,
    };

    /// <summary>Starts the one that the environment asks for.</summary>
    /// <returns><see langword="null"/> when it asks for none.</returns>
    public static async Task<BrokerContainer?> StartIfAskedForAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } image)
        {
            return null;
        }

        var container = new BrokerContainer(image);
        await container._container.StartAsync();
        return container;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _container.DisposeAsync();
}
