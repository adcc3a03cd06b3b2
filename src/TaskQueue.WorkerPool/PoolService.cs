using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Plugins;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool;

/// <summary>The pool: runs what the configuration and the plugin folder say, follows both on SIGHUP, and stops when asked to.</summary>
internal sealed class PoolService : IAsyncDisposable
{
    // Between the end of the time that tasks are given and the end of the pool: what killed processes leave is settled.
    private static readonly TimeSpan LastMoments = TimeSpan.FromSeconds(5);

    private readonly ServiceContext _context;
    private readonly ILogger _logger;
    private readonly PoolPlanner _planner = new(WorkerExecutable.Path, HostFacts.Current);
    private readonly Spawner _spawner = new();
    private readonly RabbitMqBroker _broker;
    private readonly QueueNames _queues;
    private readonly TaskSettler _settler;
    private readonly RunningTasks _tasks = new(TimeProvider.System);
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly ServiceIdentity _identity = ServiceIdentity.New("workerpool");
    private readonly Dictionary<string, TypeRunner> _types = new(StringComparer.Ordinal);
    private ControlListener? _control;
    private TaskQueueConfiguration _configuration;

    private PoolService(ServiceContext context)
    {
        _context = context;
        _configuration = context.Configuration;
        _logger = context.Logging.CreateLogger<PoolService>();
        var options = _configuration.Broker;
        _broker = new RabbitMqBroker(
            options with { ConnectionName = $"taskqueue-workerpool {Environment.MachineName} {Environment.ProcessId}" },
            context.Logging,
            TimeProvider.System);
        _queues = new QueueNames(options.QueuePrefix);
        _settler = new TaskSettler(_broker, _queues, options.QueueType, _ledger, TimeProvider.System, context.Logging.CreateLogger<TaskSettler>());
    }

    public static async Task RunAsync(ServiceContext context)
    {
        await using var pool = new PoolService(context);
        await pool.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
        {
            await _control.DisposeAsync();
        }

        await _broker.DisposeAsync();

        // Last: the workers die with the thread that started them.
        _spawner.Dispose();
    }

    private async Task RunAsync()
    {
        var stopTaking = _context.Signals.StopTaking;

        // Processes start while the broker is being reached; each begins to consume when both are ready.
        var plan = PlanWith(_configuration);
        ApplyTypes(plan);
        try
        {
            await _broker.ConnectAsync(stopTaking);
            _control = ListenToControl();
            await DeclareQueuesAsync(plan, stopTaking);
            _logger.Serving(string.Join(", ", plan.Types.Select(type => type.WorkerType)), plan.Types.Sum(type => type.Workers.Count));
            while (true)
            {
                await _context.Signals.WaitForReloadAsync(stopTaking);
                await ReloadAsync(stopTaking);
            }
        }
        catch (OperationCanceledException) when (stopTaking.IsCancellationRequested)
        {
            await StopAsync();
        }
    }

    private PoolPlan PlanWith(TaskQueueConfiguration configuration)
    {
        var plan = _planner.Plan(configuration, PluginDiscovery.Scan(configuration.Service.PluginDir));
        foreach (var problem in plan.Problems)
        {
            _logger.PlanProblem(problem);
        }

        return plan;
    }

    private void ApplyTypes(PoolPlan plan)
    {
        foreach (var (workerType, runner) in _types)
        {
            runner.Apply(plan.Types.FirstOrDefault(type => type.WorkerType == workerType)?.Workers ?? []);
        }

        foreach (var type in plan.Types.Where(type => !_types.ContainsKey(type.WorkerType)))
        {
            var runner = new TypeRunner(_spawner, FeedOf, _logger, TimeProvider.System);
            _types.Add(type.WorkerType, runner);
            runner.Apply(type.Workers);
        }
    }

    private WorkerFeed FeedOf(WorkerProcess process)
    {
        var queue = QueueOf(_queues.Worker(process.Spec.WorkerType));
        return new WorkerFeed(_broker, queue, process, _tasks, _settler, _ledger.Of(queue.Name), TimeProvider.System, _logger);
    }

    private ControlListener ListenToControl()
    {
        var commands = new Dictionary<string, Func<JsonObject, JsonNode?>>(StringComparer.Ordinal)
        {
            [ControlRequest.Ledger] = _ => ControlAnswer.ToJson(_ledger.Extract(_broker.Connections, _tasks.CountLost)),
        };
        return ControlListener.Start(_broker, _queues, _identity, commands, _context.Logging.CreateLogger<ControlListener>());
    }

    private QueueDefinition QueueOf(string name) => new(name, _configuration.Broker.QueueType);

    /// <summary>The queues exist before their workers are ready, so that tasks can wait in them and results have a place.</summary>
    private async Task DeclareQueuesAsync(PoolPlan plan, CancellationToken cancellationToken)
    {
        var results = plan.Types.SelectMany(type => type.Workers).Select(worker => _queues.Results(worker.Options.ResultsRoutingKey));
        var tasks = plan.Types.Select(type => _queues.Worker(type.WorkerType));
        foreach (var queue in tasks.Concat(results).Distinct(StringComparer.Ordinal))
        {
            await _broker.DeclareQueueAsync(QueueOf(queue), cancellationToken);
        }
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var configuration = _context.Reload();
            if (configuration.Broker != _configuration.Broker)
            {
                _logger.BrokerChangeNeedsRestart();
                configuration = configuration with { Broker = _configuration.Broker };
            }

            _configuration = configuration;
        }
        catch (ConfigurationException e)
        {
            _logger.ReloadRefused(e.Message);
            return;
        }

        var plan = PlanWith(_configuration);
        ApplyTypes(plan);
        await DeclareQueuesAsync(plan, cancellationToken);
        _logger.Reloaded(string.Join(", ", plan.Types.Select(type => type.WorkerType)), plan.Types.Sum(type => type.Workers.Count));
    }

    private async Task StopAsync()
    {
        _logger.Stopping(_configuration.Service.ShutdownTimeout.TotalSeconds);
        var stopped = Task.WhenAll(_types.Values.Select(type => type.StopAsync()));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_context.Signals.AbortRunning);
        deadline.CancelAfter(_configuration.Service.ShutdownTimeout);
        try
        {
            await stopped.WaitAsync(deadline.Token);
            _logger.Stopped();
            return;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            _logger.StoppedEarly();
        }

        // Killed first and given back then: a task must not run here while another host has begun it.
        foreach (var type in _types.Values)
        {
            type.Kill();
        }

        await Task.WhenAny(stopped, Task.Delay(LastMoments, TimeProvider.System));
    }
}
