using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Running;

/// <summary>What everything is measured on: a broker of our own, the built programs, and a folder.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-bench-");
    private readonly RabbitMqBroker _broker;
    private int _queueSets;

    private Workbench(RabbitMqNode node)
    {
        Node = node;
        _broker = new RabbitMqBroker(node.BrokerOptions with { ConnectionName = "taskqueue-bench" }, NullLoggerFactory.Instance, TimeProvider.System);
    }

    public RabbitMqNode Node { get; }

    public IBroker Broker => _broker;

    public string Folder => _folder.FullName;

    /// <summary>Where bench.sh has publish.sh install what is measured.</summary>
    public static string Installation => Path.Combine(Testing.Installation.SourceTree, "artifacts", "bench", "installation");

    public static async Task<Workbench> SetUpAsync(CancellationToken stop)
    {
        var options = new RabbitMqNodeOptions
        {
            // A service that is halted while its queue is filled does not read what the broker sends.
            Config = "tcp_listen_options.send_timeout = 300000",
            // Schedulers that wait actively would use the processors that everything else shares with them.
            ErlangArguments = "+sbwt none +sbwtdcpu none +sbwtdio none",
        };
        var bench = new Workbench(await RabbitMqNode.StartAsync(options));
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
        await _broker.DisposeAsync();
        await Node.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
