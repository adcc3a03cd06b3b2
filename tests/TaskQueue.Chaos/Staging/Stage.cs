using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.Chaos.Staging;

/// <summary>A whole TaskQueue on this machine: broker nodes, two dispatchers and two pools of real processes, each with links of its own.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string WorkerType = "chaos", Plugin = "testplugins";

    /// <summary>The broker's user of the services; whoever watches the stage is another one.</summary>
    public const string ServicesUser = "services";

    /// <summary>The names of everything, and of nothing, as <see cref="AllowServicesAsync"/> takes them.</summary>
    public const string Everything = ".*", Nothing = "^$";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-chaos-");
    private readonly Installation _installation = new();
    private readonly StageOptions _options;
    private RabbitMqBroker? _broker;
    private RabbitMqCluster? _cluster;

    private Stage(StageOptions options)
    {
        _options = options;
        Directory.CreateDirectory(JournalFolder);
        Directory.CreateDirectory(RunsFolder);
        Installation.Copy(Path.Combine(Installation.TestPlugins, Plugin), Path.Combine(_folder.FullName, "plugins", Plugin));
    }

    public static QueueNames Queues { get; } = new();

    /// <summary>Where workers write when they start and end tasks.</summary>
    public string JournalFolder => Path.Combine(_folder.FullName, "journal");

    /// <summary>Where workers of further types write which tasks they ran.</summary>
    public string RunsFolder => Path.Combine(_folder.FullName, "runs");

    public IReadOnlyList<RabbitMqNode> Nodes { get; private set; } = [];

    public IReadOnlyList<Service> Dispatchers { get; private set; } = [];

    public IReadOnlyList<Service> Pools { get; private set; } = [];

    public IEnumerable<Service> Services => [.. Dispatchers, .. Pools];

    public int WorkersPerPool => _options.WorkersPerPool;

    /// <summary>The broker, without the links of services in between.</summary>
    public IBroker Broker => _broker!;

    /// <summary>Starts everything, and waits until all workers are ready.</summary>
    public static async Task<Stage> SetUpAsync(StageOptions options, CancellationToken cancellationToken)
    {
        var stage = new Stage(options);
        try
        {
            await stage.StartAsync(cancellationToken);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services)
        {
            await service.DisposeAsync();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _installation.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>The names of all queues that have messages.</summary>
    public async Task<IReadOnlyList<string>> QueuesWithMessagesAsync()
    {
        var listed = await Nodes[0].CtlAsync("list_queues", "name", "messages", "--no-table-headers");
        return [.. listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(parts => parts is [_, not "0"]).Select(parts => parts[0])];
    }

    /// <summary>Says what the services may do at the broker, from their next channel on.</summary>
    /// <param name="names">The names of all that they may configure, write and read.</param>
    public Task AllowServicesAsync(string names) => Nodes[0].CtlAsync("set_permissions", ServicesUser, names, names, names);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Nodes > 1)
        {
            _cluster = await RabbitMqCluster.StartAsync(_options.Nodes);
            Nodes = _cluster.Nodes;
        }
        else
        {
            Nodes = [await RabbitMqNode.StartAsync(new RabbitMqNodeOptions { Config = _options.NodeConfig })];
        }

        await Nodes[0].CtlAsync("add_user", ServicesUser, ServicesUser);
        await AllowServicesAsync(Everything);
        _broker = new RabbitMqBroker(
            Nodes[0].BrokerOptions with { Hosts = [.. Nodes.Select(node => new BrokerHost("127.0.0.1", node.Port))], Port = null, ConnectionName = "taskqueue-chaos" },
            NullLoggerFactory.Instance,
            TimeProvider.System);
        await _broker.ConnectAsync(cancellationToken);

        Dispatchers = [.. Enumerable.Range(1, _options.Dispatchers).Select(number => Prepare($"dispatcher-{number}", _installation.Dispatcher, number))];
        Pools = [.. Enumerable.Range(1, _options.Pools).Select(number => Prepare($"pool-{number}", _installation.WorkerPool, number))];
        foreach (var service in Services)
        {
            await service.StartAsync();
        }

        foreach (var dispatcher in Dispatchers)
        {
            await dispatcher.LoggedAsync("Dispatching", 1);
        }

        foreach (var pool in Pools)
        {
            await pool.LoggedAsync("is ready", _options.WorkersPerPool);
            await pool.LoggedAsync("Serving", 1);
        }

        await Broker.DeclareQueueAsync(new QueueDefinition(Queues.Results("results")), cancellationToken);

        // A queue that the broker has not written down yet would be lost with it; that is the broker's, and not what is tried here.
        if (Pools.Count > 0)
        {
            await DelayAsync(cancellationToken);
        }

        foreach (var node in Nodes)
        {
            await node.SyncTablesAsync();
        }
    }

    /// <summary>Sends something through the queues that hold tasks which are to be tried again, so that these exist.</summary>
    private async Task DelayAsync(CancellationToken cancellationToken)
    {
        const string Task = "warm-up";
        var delays = new DelayQueues(Queues, QueueType.Quorum, TimeProvider.System);
        foreach (var delay in (double[])[0.25, 0.5, 1])
        {
            var message = new OutgoingMessage(
                Queues.TaskQueue, new MessageProperties { ContentType = "text/plain", MessageId = Task }, Encoding.UTF8.GetBytes($"{WorkerType} 0"));
            await Broker.PublishAsync(delays.Delay(message, TimeSpan.FromSeconds(delay)), cancellationToken);
            Delivery? result = null;
            await Eventually.TrueAsync(
                async () => (result = await Broker.GetAsync(Queues.Results("results"), cancellationToken)) is not null,
                () => $"the result of a task that was delayed by {delay} s");
            result!.Settle(Settlement.Ack);
        }
    }

    private Service Prepare(string name, string executable, int number)
    {
        // Each tries the nodes in another order, so that there is none that nobody would miss.
        TcpProxy[] links = [.. Nodes.Index().OrderBy(node => (node.Index + number) % Nodes.Count).Select(node => new TcpProxy(node.Item.Port))];
        var configFile = Path.Combine(_folder.FullName, $"{name}.ini");
        File.WriteAllText(configFile, string.Create(CultureInfo.InvariantCulture, $"""
            [DEFAULT]
            ; Tasks that were hit are not to blame: they are tried again soon and for ever.
            release_delay = 1s
            release_backoff = 1
            max_attempts = 1000

            [amqp]
            host = {string.Join(", ", links.Select(link => $"127.0.0.1:{link.Port}"))}
            user = {ServicesUser}
            passwd = {ServicesUser}

            [taskqueue]
            plugin_dir = {Path.Combine(_folder.FullName, "plugins")}
            workers = {string.Join(", ", _options.MoreTypes.Keys.Prepend(WorkerType))}
            worker_user = root
            {_options.ServiceConfig}

            [{WorkerType}]
            workers = {_options.WorkersPerPool}
            journal = {JournalFolder}
            site = {name}
            {_options.WorkerConfig}

            {string.Join("\n\n", _options.MoreTypes.Select(type => $"[{type.Key}]\nruns = {RunsFolder}\n{type.Value}"))}
            """));
        return new Service(name, executable, configFile, links, _options.ShiftedClocks ? new ShiftedClock(Path.Combine(_folder.FullName, $"{name}.clock")) : null);
    }
}
