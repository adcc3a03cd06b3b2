using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using TaskQueue.Hosting.Metrics;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.Telemetry;

/// <summary>What a pool tells of its tasks and workers: the meter <c>TaskQueue.WorkerPool</c>, and the spans of tasks.</summary>
/// <remarks>Counts are fields that are read when somebody asks, so counting costs next to nothing, and works without a listener: readiness needs
/// the number of workers. There is one set of them for each worker type that is or was configured.</remarks>
internal sealed class PoolTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "TaskQueue.WorkerPool";

    // A worker may be a thumbnail or a nightly report.
    private static readonly double[] RunTimes = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

    // Publishers write the time in whole seconds.
    private static readonly double[] WaitTimes = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400];

    private readonly ConcurrentDictionary<string, TypeCounts> _types = new(StringComparer.Ordinal);
    private readonly Histogram<double> _runTime;
    private readonly Histogram<double> _waitTime;
    private readonly TimeProvider _time;

    public PoolTelemetry(Meter meter, TimeProvider time)
    {
        _time = time;
        _runTime = meter.CreateHistogram("taskqueue.task.run.time", "s", "How long tasks ran in their workers", tags: null, Buckets(RunTimes));
        _waitTime = meter.CreateHistogram(
            "taskqueue.task.wait.time", "s", "How long tasks waited for their first run, from the time that their publisher wrote into them", tags: null, Buckets(WaitTimes));
        meter.CreateObservableCounter("taskqueue.tasks", Outcomes, "{task}", "Tasks that ended here, by how");
        meter.CreateObservableCounter(
            "taskqueue.results.delayed",
            () => DelayedResults().Select(queue => new Measurement<long>(queue.Value, MeterTags.Queue(queue.Key))),
            "{result}",
            "Results that their queue did not take, and that go there by way of the delay queues");
        meter.CreateObservableGauge("taskqueue.tasks.running", () => OfEach(type => type.Running), "{task}", "Tasks that workers have right now");
        meter.CreateObservableGauge("taskqueue.workers.configured", () => OfEach(type => type.Configured), "{worker}", "Worker processes that are meant to run");
        meter.CreateObservableGauge("taskqueue.workers.ready", () => OfEach(type => type.Ready), "{worker}", "Worker processes that can take tasks or run one");
        meter.CreateObservableCounter("taskqueue.worker.starts", () => OfEach(type => type.Starts), "{start}", "Worker processes started");
        meter.CreateObservableCounter(
            "taskqueue.worker.crashes", () => OfEach(type => type.Crashes), "{crash}", "Worker processes that ended without having been asked to, those that were killed included");
    }

    /// <summary>How many results each queue did not take at once.</summary>
    public Func<IEnumerable<KeyValuePair<string, long>>> DelayedResults { private get; set; } = () => [];

    /// <summary>The worker processes that are ready, of those that are meant to run; and the tasks that they have.</summary>
    public (long Ready, long Configured, long Running) Sums
    {
        get
        {
            var types = _types.Values;
            return (types.Sum(type => type.Ready), types.Sum(type => type.Configured), types.Sum(type => type.Running));
        }
    }

    /// <summary>The worker types that are meant to be served and have no worker that is ready.</summary>
    public IEnumerable<string> NotReady =>
        _types.Where(type => type.Value is { IsWanted: true, Ready: 0 }).Select(type => type.Key).Order(StringComparer.Ordinal);

    /// <summary>Takes note of what is meant to run.</summary>
    public void Plan(PoolPlan plan)
    {
        foreach (var (workerType, counts) in _types)
        {
            if (!plan.Types.Any(type => type.WorkerType == workerType))
            {
                counts.Plan(workers: 0, isWanted: false);
            }
        }

        foreach (var type in plan.Types)
        {
            Of(type.WorkerType).Plan(type.Workers.Count, isWanted: type.Workers.Count > 0 || !type.IsComplete);
        }
    }

    /// <summary>Follows a process from its start to its end.</summary>
    public async Task FollowAsync(WorkerProcess process)
    {
        var type = Of(process.Spec.WorkerType);
        type.Started();
        if (await process.Ready)
        {
            type.BecameReady(1);
            await process.Ended;
            type.BecameReady(-1);
        }

        if (!(await process.Ended).Asked)
        {
            type.Crashed();
        }
    }

    /// <summary>A worker has got a task; <see cref="Ran"/> or <see cref="TakenBack"/> follows.</summary>
    public void Given(HeldTask task)
    {
        var type = Of(task.Worker.WorkerType);
        type.Runs(1);
        if (task is { EarlierAttempts: 0, Properties.Timestamp: { } published } && _waitTime.Enabled)
        {
            // Clocks of hosts differ; nothing waits for less than no time.
            var waited = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - published;
            _waitTime.Record(Math.Max(0, waited), type.Tag);
        }

        task.Span = TaskSpans.Run(task);
    }

    /// <summary>The worker has run it, or died of it.</summary>
    /// <param name="task">The task.</param>
    /// <param name="duration">For how long.</param>
    public void Ran(HeldTask task, TimeSpan duration)
    {
        var type = Of(task.Worker.WorkerType);
        type.Runs(-1);
        _runTime.Record(duration.TotalSeconds, type.Tag);
    }

    /// <summary>The worker did not start it.</summary>
    public void TakenBack(HeldTask task)
    {
        Of(task.Worker.WorkerType).Runs(-1);
        task.Span = null;
    }

    /// <summary>It is decided how a task ended: it is about to be settled.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">Why it failed, or <see langword="null"/> when it did not.</param>
    /// <param name="returned">Whether it goes back to its queue through no fault of its own.</param>
    public void Ended(HeldTask task, TaskFailure? failure, bool returned = false)
    {
        var outcome = failure?.Word ?? (returned ? TypeCounts.Returned : TypeCounts.Success);
        Of(task.Worker.WorkerType).Ended(outcome);
        TaskSpans.EndRun(task, outcome, failure);
    }

    private static InstrumentAdvice<double> Buckets(double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };

    private TypeCounts Of(string workerType) =>
        _types.TryGetValue(workerType, out var known) ? known : _types.GetOrAdd(workerType, static name => new TypeCounts(name));

    private IEnumerable<Measurement<long>> OfEach(Func<TypeCounts, long> count) => _types.Values.Select(type => new Measurement<long>(count(type), type.Tag));

    private IEnumerable<Measurement<long>> Outcomes() =>
        _types.Values.SelectMany(type => type.Outcomes.Select(outcome => new Measurement<long>(outcome.Value, type.Tag, MeterTags.Outcome(outcome.Key))));
}
