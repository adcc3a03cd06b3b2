using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Scenarios;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Running;

/// <summary>Our services, set up for one measurement.</summary>
internal sealed class Services
{
    private readonly string _configFile, _installation;
    private readonly PoolSize _size;

    /// <param name="trial">What is measured.</param>
    /// <param name="queues">What they serve.</param>
    /// <param name="size">How large the pool is.</param>
    /// <param name="workerType">The only worker type of the pool.</param>
    /// <param name="command">What it runs in the place of a plugin.</param>
    public Services(Trial trial, QueueSet queues, PoolSize size, string workerType = TaskText.WorkerType, string? command = null)
    {
        (_size, _installation) = (size, trial.Installation);
        var plugins = Path.Combine(trial.Bench.Folder, queues.Prefix + "plugins");
        var (folder, plugin) = workerType == TaskText.WorkerType ? (Installation.ExamplePlugins, "echo") : (Installation.TestPlugins, "testplugins");
        Installation.Copy(Path.Combine(folder, plugin), Path.Combine(plugins, plugin));
        _configFile = Path.Combine(trial.Bench.Folder, queues.Prefix + "config.ini");
        // The services are halted while a queue is filled, and not to be given up meanwhile.
        File.WriteAllText(_configFile, $"""
            [amqp]
            host = 127.0.0.1:{trial.Bench.Server.Port}
            queue_prefix = {queues.Prefix}
            queue_type = {(queues.Type == QueueType.Quorum ? "quorum" : "classic")}
            heartbeat = 10m

            [taskqueue]
            plugin_dir = {plugins}
            workers = {workerType}

            [{workerType}]
            workers = {size.Processes}
            concurrency = {size.Concurrency}
            user = root
            {(command is null ? "" : $"command = {command}")}
            """);
    }

    public Launch Dispatcher => new(Path.Combine(_installation, "taskqueue-dispatcher"), ["--config", _configFile], ("Dispatching", 1));

    public Launch Pool => new(Path.Combine(_installation, "taskqueue-workerpool"), ["--config", _configFile], ("is ready", _size.Processes), ("Serving", 1));
}

/// <summary>How many worker processes a pool has, and how many tasks each runs at a time.</summary>
internal sealed record PoolSize(int Processes, int Concurrency = 1)
{
    public override string ToString() => $"{Processes} {(Processes == 1 ? "process" : "processes")}{(Concurrency == 1 ? "" : $" × {Concurrency} tasks")}";
}
