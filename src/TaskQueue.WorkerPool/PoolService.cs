using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool;

/// <summary>The pool: runs what the configuration and the plugin folder say, follows both on SIGHUP, and stops when asked to.</summary>
internal sealed class PoolService : IAsyncDisposable
{
    // Between the end of the time that tasks are given and the end of the pool: what killed processes leave is settled.
    private static readonly TimeSpan LastMoments = TimeSpan.FromSeconds(5);

    private readonly ServiceContext _context;
    private readonly ILogger _logger;
    private readonly PoolPlanner _planner = new(WorkerExecutable.Path, HostFacts.Current);
    private readonly KnownPlugins _plugins = new();
    private readonly Spawner _spawner = new();
    private readonly RabbitMqBroker _broker;
    private readonly QueueNames _queues;
    private readonly TaskSettler _settler;
    private readonly HeldTasks _tasks = new(TimeProvider.System);
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly ServiceIdentity _identity = ServiceIdentity.New("workerpool");
    private readonly Dictionary<string, TypeRunner> _types = new(StringComparer.Ordinal);
    private readonly ServiceWatch _watch;
    private readonly PoolTelemetry _telemetry;
    private ControlListener? _control;
    private TaskQueueConfiguration _configuration;
    private PoolPlan _plan = new([], []);
    private int _reloads;
    private Task _reported = Task.CompletedTask;

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
        _watch = new ServiceWatch(context, _identity, PoolTelemetry.Name, _ledger, _tasks.CountLost);
        _telemetry = new PoolTelemetry(_watch.Meter, TimeProvider.System);
        _watch.Status = Status;
        _watch.OtherQueues = OtherQueues;
        _watch.Health.Objections = () => _telemetry.NotReady.Select(type => $"no worker of {type} is ready");
        _watch.Health.Ask("the thread that starts workers", _spawner.AnswerAsync);
        _watch.Use(_broker);
        _settler = new TaskSettler(_broker, _queues, options.QueueType, _ledger, _telemetry, TimeProvider.System, context.Logging.CreateLogger<TaskSettler>());
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
        await _watch.DisposeAsync();

        // Last: the workers die with the thread that started them.
        _spawner.Dispose();
    }

    private async Task RunAsync()
    {
        var stopTaking = _context.Signals.StopTaking;

        // Processes start while the broker is being reached; each begins to consume when both are ready.
        _plugins.Scan(_configuration.Service.PluginDir);
        _plan = PlanNow();
        TellProblems(known: []);
        ApplyPlan(_plan.Types);
        try
        {
            await _broker.ConnectAsync(stopTaking);
            _control = ListenToControl();
            await DeclareQueuesAsync(stopTaking);
            _logger.Serving(string.Join(", ", _plan.Served), _plan.WorkerCount);
            _watch.Serving();
            while (true)
            {
                if (await IsReloadAskedAsync(stopTaking))
                {
                    _watch.Reloading();
                    await ReloadAsync(stopTaking);
                    _watch.Serving();
                }
                else
                {
                    await MendAsync(stopTaking);
                }
            }
        }
        catch (OperationCanceledException) when (stopTaking.IsCancellationRequested)
        {
            await StopAsync();
        }
    }

    private string Status()
    {
        var (ready, configured, running) = _telemetry.Sums;
        return $"workers ready: {ready} of {configured}, tasks running: {running}";
    }

    private IEnumerable<string> OtherQueues() => _plan.Types
        .SelectMany(type => type.Workers.Select(worker => _queues.Results(worker.Options.ResultsRoutingKey)).Append(_queues.Buried(type.WorkerType)))
        .Distinct(StringComparer.Ordinal);

    private PoolPlan PlanNow() => _planner.Plan(_configuration, _plugins.Catalog, _plugins.StateOfPlugin);

    private void TellProblems(IEnumerable<string> known)
    {
        foreach (var problem in _plan.Problems.Except(known, StringComparer.Ordinal))
        {
            _logger.PlanProblem(problem);
        }
    }

    private RollOut ApplyPlan(IEnumerable<TypePlan> types)
    {
        _telemetry.Plan(_plan);
        var work = RollOut.Nothing;
        foreach (var type in types)
        {
            if (!_types.TryGetValue(type.WorkerType, out var runner))
            {
                _types.Add(
                    type.WorkerType,
                    runner = new TypeRunner(_spawner, FeedOf(type.WorkerType), _telemetry, _watch.Health, _logger, TimeProvider.System));
            }

            if (type.Workers.Count + type.Refused.Count == 0 && runner.Running is { Count: > 0 } running)
            {
                _logger.TypeGone(type.WorkerType, ReasonToGo(running), running.Count);
            }

            work += runner.Apply(type);
        }

        return work;
    }

    private static string ReasonToGo(IReadOnlyCollection<WorkerSpec> workers) =>
        workers.Select(worker => worker.Configure.Plugin?.AssemblyPath).FirstOrDefault(path => path is not null && !File.Exists(path)) is { } missing
            ? $"{missing} is gone"
            : "neither the configuration nor the plugin folder asks for it";

    /// <summary>Waits for SIGHUP.</summary>
    /// <returns>Whether it came; <see langword="false"/> when it is time to see whether what could not run can run now.</returns>
    private async Task<bool> IsReloadAskedAsync(CancellationToken stopTaking)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopTaking);
        if (!_plan.IsComplete)
        {
            pause.CancelAfter(ConfigurationFaults.RetryInterval);
        }

        try
        {
            await _context.Signals.WaitForReloadAsync(pause.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stopTaking.IsCancellationRequested)
        {
            return false;
        }
    }

    private TypeFeed FeedOf(string workerType)
    {
        var queue = TasksOf(workerType);
        return new TypeFeed(_broker, queue, _tasks, _settler, _ledger.Of(queue.Name), _telemetry, TimeProvider.System, _logger);
    }

    private ControlListener ListenToControl()
    {
        var commands = new Dictionary<string, Func<JsonObject, JsonNode?>>(StringComparer.Ordinal)
        {
            [ControlRequest.Ledger] = _ => ControlAnswer.ToJson(_ledger.Extract(_broker.Connections, _tasks.CountLost)),
        };
        return ControlListener.Start(_broker, _queues, _identity, commands, _context.Logging.CreateLogger<ControlListener>());
    }

    private QueueDefinition TasksOf(string workerType) => QueueDefinition.OfTasks(_queues.Worker(workerType), _configuration.Broker.QueueType);

    /// <summary>The queues exist before their workers are ready, so that tasks can wait in them and results have a place.</summary>
    private async Task DeclareQueuesAsync(CancellationToken cancellationToken)
    {
        var results = _plan.Types
            .SelectMany(type => type.Workers)
            .Select(worker => new QueueDefinition(_queues.Results(worker.Options.ResultsRoutingKey), _configuration.Broker.QueueType));
        var tasks = _plan.Types.Select(type => TasksOf(type.WorkerType));
        foreach (var queue in tasks.Concat(results).DistinctBy(queue => queue.Name))
        {
            await _broker.DeclareQueueAsync(queue, cancellationToken);
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

        _plugins.Scan(_configuration.Service.PluginDir);
        _plan = PlanNow();
        TellProblems(known: []);
        var gone = _types.Keys.Except(_plan.Types.Select(type => type.WorkerType), StringComparer.Ordinal);
        var work = ApplyPlan([.. _plan.Types, .. gone.Select(workerType => new TypePlan(workerType, []))]);
        if (work != RollOut.Nothing)
        {
            _logger.Reloading(work.Intention);
        }

        _reported = Task.WhenAll(_reported, ReportAsync(++_reloads, _plan, [.. _types.Values.Select(type => type.RolledOut)]));
        await DeclareQueuesAsync(cancellationToken);
    }

    private async Task ReportAsync(int reload, PoolPlan plan, IReadOnlyList<Task<RollOut>> rollOuts)
    {
        var done = await Task.WhenAll(rollOuts);
        if (reload == _reloads && !_context.Signals.StopTaking.IsCancellationRequested)
        {
            var outcome = done.Aggregate(RollOut.Nothing, (sum, one) => sum + one).Outcome;
            _logger.Reloaded(outcome, string.Join(", ", plan.Served), plan.WorkerCount);
        }
    }

    /// <summary>Runs what could not run before and can run now: somebody created the user, or installed the plugin.</summary>
    private async Task MendAsync(CancellationToken cancellationToken)
    {
        _plugins.ScanIfChanged(_configuration.Service.PluginDir);
        var before = _plan;
        _plan = before.MendedBy(PlanNow());
        TellProblems(before.Problems);
        var mended = _plan.Types.Except(before.Types).ToList();
        if (mended.Count == 0)
        {
            return;
        }

        var sections = mended.SelectMany(type => type.Workers).Except(before.Types.SelectMany(type => type.Workers)).Select(worker => worker.Section);
        _logger.PlanMended(string.Join(", ", sections.Distinct(StringComparer.Ordinal)));
        ApplyPlan(mended);
        await DeclareQueuesAsync(cancellationToken);
    }

    private async Task StopAsync()
    {
        _logger.Stopping(_configuration.Service.ShutdownTimeout.TotalSeconds);
        var stopped = Task.WhenAll(_types.Values.Select(type => type.StopAsync()).Append(_reported));
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
