using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.Control;
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
    private readonly Cancellations _cancellations = new(TimeProvider.System);
    private readonly RecentFailures _failures = new(TimeProvider.System);
    private readonly Orders _orders = new();
    private readonly PoolCommands _commands;
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly ServiceIdentity _identity = ServiceIdentity.New("workerpool");
    private readonly Dictionary<string, TypeRunner> _types = new(StringComparer.Ordinal);
    private readonly ServiceWatch _watch;
    private readonly PoolTelemetry _telemetry;

    // What somebody wants instead of "workers", by section; until the next reload.
    private readonly Dictionary<string, int> _scales = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopKeeping = new();
    private Task _keeping = Task.CompletedTask;
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
        _settler = new TaskSettler(_broker, _queues, options.QueueType, _ledger, _telemetry, TimeProvider.System, context.Logging.CreateLogger<TaskSettler>(), _failures);
        _commands = new PoolCommands(_types, _cancellations, _orders, TimeProvider.System, _logger);
    }

    public static async Task RunAsync(ServiceContext context)
    {
        await using var pool = new PoolService(context);
        await pool.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopKeeping.CancelAsync();
        await _keeping;
        _stopKeeping.Dispose();
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
            ListenToControl();
            await DeclareQueuesAsync(stopTaking);
            _logger.Serving(string.Join(", ", _plan.Served), _plan.WorkerCount);
            _watch.Serving();
            while (true)
            {
                switch (await NextAsync(stopTaking))
                {
                    case Next.Reload:
                        _watch.Reloading();
                        await ReloadAsync(stopTaking);
                        _watch.Serving();
                        break;
                    case Next.Orders:
                        await _orders.RunWaitingAsync();
                        break;
                    default:
                        await MendAsync(stopTaking);
                        break;
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

    private PoolPlan PlanNow() => _planner.Plan(_configuration, _plugins.Catalog, _plugins.StateOfPlugin, _scales);

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

    private enum Next
    {
        /// <summary>It is time to see whether what could not run can run now.</summary>
        Mend,

        /// <summary>SIGHUP came.</summary>
        Reload,

        /// <summary>Somebody wants something done.</summary>
        Orders,
    }

    private async Task<Next> NextAsync(CancellationToken stopTaking)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopTaking);
        if (!_plan.IsComplete)
        {
            pause.CancelAfter(ConfigurationFaults.RetryInterval);
        }

        var reload = _context.Signals.WaitForReloadAsync(pause.Token);
        var orders = _orders.WaitAsync(pause.Token);
        await Task.WhenAny(reload, orders);
        await pause.CancelAsync();

        // Both may have come, and a reload that was heard is not heard again.
        await ((Task)Task.WhenAll(reload, orders)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopTaking.ThrowIfCancellationRequested();
        return reload.IsCompletedSuccessfully ? Next.Reload : orders.IsCompletedSuccessfully ? Next.Orders : Next.Mend;
    }

    private TypeFeed FeedOf(string workerType)
    {
        var queue = TasksOf(workerType);
        var ledger = _ledger.Of(queue.Name);
        return new TypeFeed(
            _broker,
            queue,
            new OpenTasks(_tasks, _cancellations, _settler, ledger, TimeProvider.System, _logger),
            ledger,
            _cancellations.Known,
            _telemetry,
            TimeProvider.System,
            _logger);
    }

    private void ListenToControl()
    {
        var commands = ServiceCommands.Make(
            _context.LogLevel,
            _ledger,
            () => _ledger.Extract(_broker.Connections, _tasks.CountLost),
            (report, stop) => _orders.DoAsync(() => Complete(report), stop));
        foreach (var (name, command) in _commands.All)
        {
            commands.Add(name, command);
        }

        commands.Add(ControlCommands.Scale, ControlCommand.Steering((request, stop) => _orders.DoAsync(() => ScaleAsync(request, stop), stop)));
        commands.Add(ControlCommands.Reload, ControlCommand.Steering((_, stop) => _orders.DoAsync(
            async () => ControlAnswer.ToJson(new SteeringReport(Done: true, await ReloadFromAsync(stop))), stop)));
        _control = ControlListener.Start(
            _broker, _queues, _identity, commands, () => _configuration.Service.AllowControl, ControlUsers, _context.Logging.CreateLogger<ControlListener>());
        var keeper = new CancellationKeeper(
            _broker,
            new CancellationStore(_broker, _queues, _configuration.Broker.QueueType, ControlUsers, TimeProvider.System),
            _cancellations,
            _commands,
            _orders,
            () => _configuration.Service.AllowControl,
            TimeProvider.System,
            _logger);
        _keeping = keeper.RunAsync(_control.Ready, _stopKeeping.Token);
    }

    private ControlUsers ControlUsers() => new(_configuration.Broker.User, _configuration.Service.ControlUsers);

    private ServiceReport Complete(ServiceReport report) => report.Over(_broker) with
    {
        AllowControl = _configuration.Service.AllowControl,
        Types = _commands.Types(),
        Failures = _failures.Latest,
    };

    /// <summary>Runs another number of workers of one section, as if the configuration said so.</summary>
    private async Task<JsonNode?> ScaleAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var name = request.RequiredText("type");
        var workers = request.RequiredNumber("workers", 0, ControlCommands.MostWorkers);
        if (_plan.Types.FirstOrDefault(type => string.Equals(type.WorkerType, name, StringComparison.OrdinalIgnoreCase)) is not { LacksPlugin: false } before)
        {
            return ControlAnswer.ToJson(new SteeringReport(Done: false, $"does not serve {name}"));
        }

        if (_context.Signals.StopTaking.IsCancellationRequested)
        {
            throw new ControlRefusedException("it is about to stop");
        }

        var section = Scaling.SectionOf(_configuration.ForType(before.WorkerType), request.Text("group"));
        _scales[section] = workers;
        var after = PlanNow().Types.First(type => type.WorkerType == before.WorkerType);
        _plan = _plan with { Types = [.. _plan.Types.Select(type => type == before ? after : type)] };
        var work = ApplyPlan([after]);
        await DeclareQueuesAsync(cancellationToken);
        var was = before.Workers.Count(worker => worker.Section == section);
        _logger.Scaled(section, was, workers);
        return ControlAnswer.ToJson(new SteeringReport(Done: true, $"{section}: {workers} instead of {was} workers{(work == RollOut.Nothing ? "" : $"; {work.Intention}")}"));
    }

    private QueueDefinition TasksOf(string workerType) => QueueDefinition.OfTasks(_queues.Worker(workerType), _configuration.Broker.QueueType);

    /// <summary>The queues exist before their workers are ready, so that tasks can wait in them and results have a place.</summary>
    private async Task DeclareQueuesAsync(CancellationToken cancellationToken)
    {
        var results = _plan.Types
            .SelectMany(type => type.Workers)
            .SelectMany(worker => new Destinations(_queues, worker.Options).Configured)
            .Select(queue => _queues.Definition(queue, _configuration.Broker.QueueType));
        var tasks = _plan.Types.Select(type => TasksOf(type.WorkerType));
        foreach (var queue in tasks.Concat(results).DistinctBy(queue => queue.Name))
        {
            await _broker.DeclareQueueAsync(queue, cancellationToken);
        }
    }

    /// <summary>Reads the configuration and the plugin folder, and begins to do what they say.</summary>
    /// <returns>What there is to do, in a line.</returns>
    /// <exception cref="ControlRefusedException">The configuration is wrong.</exception>
    private async Task<string> ReloadFromAsync(CancellationToken cancellationToken)
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
            throw new ControlRefusedException($"the new configuration is not used: {e.Message}", e);
        }

        _scales.Clear();
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
        return work == RollOut.Nothing ? "nothing has changed" : work.Intention;
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReloadFromAsync(cancellationToken);
        }
        catch (ControlRefusedException)
        {
            // It is in the log.
        }
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

        // Operators may want to know what it is still waiting for, and to cancel that.
        using var stopOrders = new CancellationTokenSource();
        var orders = _orders.RunAsync(stopOrders.Token);
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
        finally
        {
            await stopOrders.CancelAsync();
            await orders;
        }

        // Killed first and given back then: a task must not run here while another host has begun it.
        foreach (var type in _types.Values)
        {
            type.Kill();
        }

        await Task.WhenAny(stopped, Task.Delay(LastMoments, TimeProvider.System));
    }
}
