using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Running;

/// <summary>What everything is measured on: a broker of our own, the built programs, and a folder.</summary>
/// <remarks>The broker is RabbitMQ, and beside it <see cref="EmbeddedAsync"/> is the same with the embedded one.</remarks>
internal sealed class Workbench : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-bench-");
    private readonly RabbitMqBroker _broker;
    private Workbench? _embedded;
    private int _queueSets;

    private Workbench(PrivateBroker server)
    {
        Server = server;
        _broker = new RabbitMqBroker(server.BrokerOptions with { ConnectionName = "taskqueue-bench" }, NullLoggerFactory.Instance, TimeProvider.System);
    }

    public PrivateBroker Server { get; }

    public IBroker Broker => _broker;

    public string Folder => _folder.FullName;

    /// <summary>Where bench.sh has publish.sh install what is measured.</summary>
    public static string Installation => Path.Combine(Testing.Installation.SourceTree, "artifacts", "bench", "installation");

    /// <summary>Sets up the one with RabbitMQ.</summary>
    public static async Task<Workbench> SetUpAsync(CancellationToken stop) => await ConnectAsync(await StartRabbitMqAsync(), stop);

    /// <summary>A RabbitMQ node as it is measured.</summary>
    public static Task<RabbitMqNode> StartRabbitMqAsync()
    {
        var options = new RabbitMqNodeOptions
        {
            // A service that is halted while its queue is filled does not read what the broker sends.
            Config = "tcp_listen_options.send_timeout = 300000",
            // Schedulers that wait actively would use the processors that everything else shares with them.
            ErlangArguments = "+sbwt none +sbwtdcpu none +sbwtdio none",
        };
        return RabbitMqNode.StartAsync(options);
    }

    /// <summary>The embedded broker as it is measured: the installed program, with the user and the password of RabbitMQ's first one, so that nothing else differs.</summary>
    public static async Task<BrokerProcess> StartEmbeddedAsync(string installation)
    {
        const string User = "guest", Everything = ".*";
        var broker = await BrokerProcess.StartAsync(Path.Combine(installation, "taskqueue-broker"));
        try
        {
            await broker.AddUserAsync(User, User, Everything, Everything, Everything);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same with the embedded broker in the place of RabbitMQ; started with the first who asks.</summary>
    public async Task<Workbench> EmbeddedAsync(CancellationToken stop) => _embedded ??= await ConnectAsync(await StartEmbeddedAsync(Installation), stop);

    private static async Task<Workbench> ConnectAsync(PrivateBroker server, CancellationToken stop)
    {
        var bench = new Workbench(server);
        try
        {
            await bench.Broker.ConnectAsync(stop);
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    /// <summary>Queues for one measurement, which nobody has used before.</summary>
    public async Task<QueueSet> DeclareQueuesAsync(QueueType type, CancellationToken stop)
    {
        var queues = new QueueSet(_broker, string.Create(CultureInfo.InvariantCulture, $"b{++_queueSets}_"), type);
        await queues.DeclareAsync(stop);
        return queues;
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }

        await _broker.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
