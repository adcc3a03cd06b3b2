using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>One test's own part of a broker (by its queue prefix), with a plugin folder, a config.ini and services.</summary>
public sealed class Site : IAsyncDisposable
{
    private const int LongestOutput = 50_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-site-");
    private readonly Machine _machine;
    private readonly PrivateBroker _private;
    private readonly List<ServiceProcess> _services = [];
    private readonly RabbitMqBroker _broker;
    private string _queueType = "quorum", _config = "";
    private int _port;

    private Site(Machine machine, PrivateBroker broker)
    {
        _machine = machine;
        _private = broker;
        _port = broker.Port;
        Prefix = $"t{Guid.NewGuid():N}_";
        Queues = new QueueNames(Prefix);
        PluginFolder = Path.Combine(_folder.FullName, "plugins");
        ConfigFile = Path.Combine(_folder.FullName, "config.ini");
        Directory.CreateDirectory(PluginFolder);
        Installation.MakeReadable(_folder.FullName);
        _broker = new RabbitMqBroker(BrokerOptions, NullLoggerFactory.Instance, TimeProvider.System);
    }

    public string Prefix { get; }

    public QueueNames Queues { get; }

    public string Folder => _folder.FullName;

    public string PluginFolder { get; }

    public string ConfigFile { get; }

    public IBroker Broker => _broker;

    /// <summary>How programs besides the services reach the site's part of the broker.</summary>
    public BrokerOptions BrokerOptions => _private.BrokerOptions with { QueuePrefix = Prefix };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    /// <summary>Sets a site up.</summary>
    /// <param name="machine">What it is installed on.</param>
    /// <param name="broker">A broker of the test's own, or <see langword="null"/> for the one that tests share.</param>
    /// <param name="plugins">Names of plugins, those of tests or the examples.</param>
    /// <param name="queueType">The type of its queues.</param>
    /// <param name="config">Sections of config.ini besides <c>[amqp]</c>, and keys for <c>[taskqueue]</c> before them.</param>
    public static async Task<Site> SetUpAsync(Machine machine, string[] plugins, string config = "", PrivateBroker? broker = null, string queueType = "quorum")
    {
        var site = new Site(machine, broker ?? machine.Broker);
        foreach (var plugin in plugins)
        {
            site.Install(plugin);
        }

        site._queueType = queueType;
        site.Configure(config);
        await site._broker.ConnectAsync(TestEnds);
        return site;
    }

    /// <summary>Drops a plugin into the plugin folder.</summary>
    public void Install(string plugin)
    {
        var built = new[] { Installation.TestPlugins, Installation.ExamplePlugins }.Select(folder => Path.Combine(folder, plugin)).FirstOrDefault(Directory.Exists)
            ?? throw new DirectoryNotFoundException($"No plugin \"{plugin}\" was built to {Installation.TestPlugins} or {Installation.ExamplePlugins}.");
        Installation.Copy(built, Path.Combine(PluginFolder, plugin));
        Installation.MakeReadable(PluginFolder);
    }

    public void Configure(string config)
    {
        _config = config;
        File.WriteAllText(ConfigFile, ConfigAs(BrokerOptions.User, BrokerOptions.Password!));
        File.SetUnixFileMode(ConfigFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The configuration for services and commands that come to the broker as somebody else.</summary>
    public string ConfigAs(string user, string password) => ConfigWith($"user = {user}\npasswd = {password}");

    /// <summary>The configuration with these lines in the place of user and password.</summary>
    public string ConfigWith(string credentials) => string.Create(CultureInfo.InvariantCulture, $"""
        [amqp]
        {credentials}
        host = 127.0.0.1:{_port}
        queue_prefix = {Prefix}
        queue_type = {_queueType}

        [taskqueue]
        plugin_dir = {PluginFolder}
        log_level = debug
        {(_config.Contains("worker_user", StringComparison.Ordinal) ? "" : "worker_user = root")}
        {_config}
        """);

    /// <summary>Has services that start from now on come to the broker by a link of their own.</summary>
    public TcpProxy LinkServices()
    {
        var link = new TcpProxy(_port);
        _port = link.Port;
        Configure(_config);
        return link;
    }

    public async Task<ServiceProcess> StartDispatcherAsync()
    {
        var dispatcher = Start(_machine.Installation.Dispatcher, "--config", ConfigFile);
        await dispatcher.LoggedAsync("Dispatching");
        return dispatcher;
    }

    /// <summary>Starts a pool and waits until so many of its workers are ready, and its queues are there.</summary>
    public async Task<ServiceProcess> StartPoolAsync(int ready)
    {
        var pool = Start(_machine.Installation.WorkerPool, "--config", ConfigFile);
        await pool.LoggedAsync("is ready", ready);
        await pool.LoggedAsync("Serving");
        return pool;
    }

    public ServiceProcess Start(string executable, params string[] arguments)
    {
        var service = ServiceProcess.Start(executable, arguments);
        _services.Add(service);
        return service;
    }

    /// <summary>Publishes a Ruote workitem to <c>taskqueue</c>.</summary>
    /// <returns>Its message id.</returns>
    public Task<string> SendAsync(string workerType, JsonObject? fields = null, MessageProperties? properties = null)
    {
        var all = fields?.DeepClone().AsObject() ?? [];
        all["params"] = new JsonObject { ["worker_type"] = workerType };
        return SendRawAsync(new JsonObject { ["fields"] = all }.ToJsonString(), properties);
    }

    public async Task<string> SendRawAsync(string body, MessageProperties? properties = null)
    {
        properties ??= new MessageProperties { ContentType = "application/json" };
        properties = properties with { MessageId = properties.MessageId ?? Guid.NewGuid().ToString("N") };
        await PublishAsync(Queues.TaskQueue, properties, Encoding.UTF8.GetBytes(body));
        return properties.MessageId;
    }

    public async Task PublishAsync(string queue, MessageProperties properties, ReadOnlyMemory<byte> body)
    {
        var message = new OutgoingMessage(queue, properties, body);
        Assert.True(
            await _broker.PublishUntilConfirmedAsync(message, TimeSpan.FromSeconds(0.1), TimeProvider.System, TestEnds),
            $"There is no queue {queue}.");
    }

    /// <summary>Takes results until there are so many of different ids, and returns them by the id of their task.</summary>
    public Task<Dictionary<string, Received>> ResultsAsync(int count, string? queue = null) => TakeAsync(queue ?? Queues.Results("results"), count);

    /// <summary>Takes messages from a queue until there are so many of different message ids.</summary>
    public async Task<Dictionary<string, Received>> TakeAsync(string queue, int count)
    {
        var taken = new Dictionary<string, Received>(StringComparer.Ordinal);
        var definition = new QueueDefinition(queue);
        await _broker.DeclareQueueAsync(definition, TestEnds);
        await using var consumer = await _broker.ConsumeAsync(
            definition,
            new ConsumerOptions(1000),
            delivery =>
            {
                var message = new Received(delivery.Properties, delivery.Body.ToArray());
                lock (taken)
                {
                    var id = message.TaskId;
                    taken[id] = taken.TryGetValue(id, out var earlier) ? message with { Copies = earlier.Copies + (delivery.Redelivered ? 0 : 1) } : message;
                }

                delivery.Settle(Settlement.Ack);
                return ValueTask.CompletedTask;
            },
            TestEnds);
        await Eventually.TrueAsync(
            () =>
            {
                lock (taken)
                {
                    return taken.Count >= count;
                }
            },
            () => $"{count} messages in {queue}; there are {taken.Count}.\n{Logs}");
        return taken;
    }

    public Task WaitsAsync(string queue, long messages) => Eventually.TrueAsync(
        async () => (await _broker.InspectQueueAsync(queue, TestEnds))?.Ready == messages, () => $"{messages} messages in {queue}\n{Logs}");

    public async ValueTask DisposeAsync()
    {
        // Shown where the test fails, which is not known here yet.
        var logs = Logs;
        TestContext.Current.TestOutputHelper?.WriteLine(logs.Length > LongestOutput ? logs[^LongestOutput..] : logs);
        foreach (var service in _services)
        {
            await service.DisposeAsync();
        }

        await _broker.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private string Logs => string.Join('\n', _services.Select(service => $"--- {service.Pid}\n{service.Log}"));
}
