using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Control;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Control;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool;

/// <summary>Keeps all worker types as planned. Whatever changes what the pool runs comes through <see cref="ApplyAsync"/>.</summary>
/// <remarks>Not thread-safe: the pool's one loop calls it. What it shows of itself may be read from any thread.</remarks>
/// <param name="configuration">What to begin with.</param>
/// <param name="read">Reads the configuration again.</param>
/// <param name="planner">Makes plans.</param>
/// <param name="queues">Sees to the queues that a plan needs.</param>
/// <param name="newType">Makes the runner of a worker type.</param>
/// <param name="telemetry">Takes note of what is meant to run.</param>
/// <param name="logger">The log.</param>
internal sealed class PoolRunner(
    TaskQueueConfiguration configuration,
    Func<TaskQueueConfiguration> read,
    PoolPlanner planner,
    TypeQueues queues,
    Func<string, TypeRunner> newType,
    PoolTelemetry telemetry,
    ILogger logger)
{
    private readonly KnownPlugins _plugins = new();
    private readonly Dictionary<string, TypeRunner> _types = new(StringComparer.Ordinal);
    private volatile PoolState _state = new(configuration);
    private int _reloads;
    private Task _reported = Task.CompletedTask;
    private bool _isStopping;

    /// <summary>What is in force.</summary>
    public PoolState State => _state;

    /// <summary>How the latest reload went.</summary>
    public ReloadState Reload { get; } = new();

    /// <summary>All that runs or ran, by worker type; belongs to the pool's loop.</summary>
    public IReadOnlyDictionary<string, TypeRunner> Types => _types;

    /// <summary>Makes one change. It fails in one way: with a line in the log and an outcome that says so, while all goes on as before.</summary>
    /// <param name="change">The change.</param>
    /// <param name="stopTaking">Gives up: the pool is to stop.</param>
    public async Task<ChangeOutcome> ApplyAsync(PoolChange change, CancellationToken stopTaking)
    {
        try
        {
            stopTaking.ThrowIfCancellationRequested();
            var before = _state;

            // Not in the loop: a folder or a user database that does not answer must not keep the pool from stopping.
            var after = await Task.Run(() => Decide(change, before), stopTaking).WaitAsync(stopTaking);
            _state = after;
            foreach (var problem in IsAnew(change) ? after.Plan.Problems : after.Plan.Problems.Except(before.Plan.Problems, StringComparer.Ordinal))
            {
                logger.PlanProblem(problem);
            }

            foreach (var note in IsAnew(change) ? after.Plan.Notes : after.Plan.Notes.Except(before.Plan.Notes, StringComparer.Ordinal))
            {
                logger.PlanNote(note);
            }

            var work = Run(before.Plan, after.Plan);
            queues.Want(after.Plan, anew: IsAnew(change));
            if (IsAnew(change))
            {
                Reload.Done();
            }

            return new ChangeOutcome(Tell(change, before, after, work));
        }
        catch (OperationCanceledException) when (stopTaking.IsCancellationRequested)
        {
            return ChangeOutcome.Refused("it is about to stop");
        }
        catch (ControlRefusedException e)
        {
            return ChangeOutcome.Refused(e.Message);
        }
        catch (ConfigurationException e)
        {
            logger.ReloadRefused(e.Message);
            Reload.Refused(e.Message);
            return ChangeOutcome.Refused($"the new configuration is not used: {e.Message}");
        }
        catch (Exception e)
        {
            // The edge of a change: whatever is wrong with what it reads, what runs goes on.
            logger.ChangeFailed(e);
            if (IsAnew(change))
            {
                Reload.Refused(e.Message);
            }

            return ChangeOutcome.Refused($"it failed, and all goes on as before: {e.Message}");
        }
    }

    /// <summary>Lets every worker finish what it has, and end.</summary>
    /// <returns>A task that completes when all are gone and everything they took is settled.</returns>
    public Task StopAsync()
    {
        _isStopping = true;
        return Task.WhenAll(_types.Values.Select(type => type.StopAsync()).Append(_reported));
    }

    /// <summary>Ends every process at once.</summary>
    public void Kill()
    {
        foreach (var type in _types.Values)
        {
            type.Kill();
        }
    }

    // What is wrong is told again, and what was found is looked at again.
    private static bool IsAnew(PoolChange change) => change is PoolChange.Start or PoolChange.Reload;

    private PoolState Decide(PoolChange change, PoolState now)
    {
        switch (change)
        {
            case PoolChange.Reload:
                var next = new PoolState(ReadAgain(now.Configuration));
                _plugins.Scan(next.Configuration.Service.PluginDir);
                return Planned(next);
            case PoolChange.Scale scale:
                return Scaled(now, scale);
            case PoolChange.Mend when now.IsPlanned:
                _plugins.ScanIfChanged(now.Configuration.Service.PluginDir);
                return now with { Plan = now.Plan.MendedBy(PlanOf(now)) };
            default:
                _plugins.Scan(now.Configuration.Service.PluginDir);
                return Planned(now);
        }
    }

    private TaskQueueConfiguration ReadAgain(TaskQueueConfiguration now)
    {
        var next = read();
        if (next.Broker == now.Broker)
        {
            return next;
        }

        logger.BrokerChangeNeedsRestart();
        return next with { Broker = now.Broker };
    }

    private PoolState Scaled(PoolState now, PoolChange.Scale scale)
    {
        var section = Scaling.SectionOf(now.Configuration.ForType(scale.WorkerType), scale.Group);
        var next = now with { Scales = new Dictionary<string, int>(now.Scales, StringComparer.Ordinal) { [section] = scale.Workers } };
        var scaled = PlanOf(next).Types.First(type => type.WorkerType == scale.WorkerType);
        return next with { Plan = now.Plan with { Types = [.. now.Plan.Types.Select(type => type.WorkerType == scale.WorkerType ? scaled : type)] } };
    }

    private PoolState Planned(PoolState state) => state with { Plan = PlanOf(state), IsPlanned = true };

    private PoolPlan PlanOf(PoolState state) => planner.Plan(state.Configuration, _plugins.Catalog, _plugins.StateOfPlugin, state.Scales);

    /// <summary>Has each type become as planned that is not planned as before.</summary>
    private RollOut Run(PoolPlan before, PoolPlan after)
    {
        telemetry.Plan(after);
        var gone = before.Types.Where(type => !after.Types.Any(other => other.WorkerType == type.WorkerType)).Select(type => new TypePlan(type.WorkerType, []));
        var work = RollOut.Nothing;
        foreach (var type in after.Types.Except(before.Types).Concat(gone).ToList())
        {
            if (!_types.TryGetValue(type.WorkerType, out var runner))
            {
                _types.Add(type.WorkerType, runner = newType(type.WorkerType));
            }

            if (type.Workers.Count + type.Refused.Count == 0 && runner.Running is { Count: > 0 } running)
            {
                logger.TypeGone(type.WorkerType, ReasonToGo(running), running.Count);
            }

            work += runner.Apply(type);
        }

        return work;
    }

    private static string ReasonToGo(IReadOnlyCollection<WorkerSpec> workers) =>
        workers.Select(worker => worker.Configure.Plugin?.AssemblyPath).FirstOrDefault(path => path is not null && !File.Exists(path)) is { } missing
            ? $"{missing} is gone"
            : "neither the configuration nor the plugin folder asks for it";

    /// <summary>Says in the log what a change does.</summary>
    /// <returns>The same for whoever asked for it.</returns>
    private string Tell(PoolChange change, PoolState before, PoolState after, RollOut work)
    {
        switch (change)
        {
            case PoolChange.Reload:
                if (work != RollOut.Nothing)
                {
                    logger.Reloading(work.Intention);
                }

                _reported = Task.WhenAll(_reported, ReportAsync(++_reloads, after.Plan, [.. _types.Values.Select(type => type.RolledOut)]));
                return work == RollOut.Nothing ? "nothing has changed" : work.Intention;
            case PoolChange.Scale { Workers: var workers } scale:
                var section = Scaling.SectionOf(after.Configuration.ForType(scale.WorkerType), scale.Group);
                var was = before.Plan.Types.SelectMany(type => type.Workers).Count(worker => worker.Section == section);
                logger.Scaled(section, was, workers);
                return $"{section}: {workers} {(workers == 1 ? "worker" : "workers")} instead of {was}{(work == RollOut.Nothing ? "" : $"; {work.Intention}")}";
            case PoolChange.Mend:
                var mended = after.Plan.Types.SelectMany(type => type.Workers).Except(before.Plan.Types.SelectMany(type => type.Workers));
                if (string.Join(", ", mended.Select(worker => worker.Section).Distinct(StringComparer.Ordinal)) is { Length: > 0 } sections)
                {
                    logger.PlanMended(sections);
                }

                break;
        }

        return work.Intention;
    }

    private async Task ReportAsync(int reload, PoolPlan plan, IReadOnlyList<Task<RollOut>> rollOuts)
    {
        var done = await Task.WhenAll(rollOuts);
        if (reload == _reloads && !_isStopping)
        {
            var outcome = done.Aggregate(RollOut.Nothing, (sum, one) => sum + one).Outcome;
            logger.Reloaded(outcome, PoolPlan.NamesOf(plan.Served), plan.Workers);
        }
    }
}
