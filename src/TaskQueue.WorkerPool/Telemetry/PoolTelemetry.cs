using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Metrics;
using TaskQueue.Messaging.Events;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

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

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(366);

    private readonly ConcurrentDictionary<string, TypeCounts> _types = new(StringComparer.Ordinal);
    private readonly Histogram<double> _runTime;
    private readonly Histogram<double> _waitTime;
    private readonly TimeProvider _time;
    private readonly PoolEvents? _events;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">Where to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="events">Notes for the history what happens to tasks; without it, nobody does.</param>
    public PoolTelemetry(Meter meter, TimeProvider time, PoolEvents? events = null)
    {
        (_time, _events) = (time, events);
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

    /// <summary>A worker has got a task; <see cref="Left"/> follows.</summary>
    public void Given(WorkerSpec worker) => Of(worker.WorkerType).Runs(1);

    /// <summary>A worker has some tasks no more.</summary>
    public void Left(WorkerSpec worker, int tasks) => Of(worker.WorkerType).Runs(-tasks);

    /// <summary>A worker has started a task.</summary>
    public void Begun(PoolTask task)
    {
        if (task is { EarlierAttempts: 0, Properties.Timestamp: { } published } && (_waitTime.Enabled || _events?.IsOn == true))
        {
            // Clocks of hosts differ, and publishers write anything; nothing waits for less than no time.
            var type = Of(task.Worker.WorkerType);
            var waited = Math.Clamp((_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - published, 0, LongestWait.TotalSeconds);
            _waitTime.Record(waited, type.Tag);
            type.Waited(TimeSpan.FromSeconds(waited));
        }

        _events?.Begun(task);
    }

    /// <summary>A worker has run a task, or died of it.</summary>
    /// <param name="task">The task.</param>
    /// <param name="end">How that ended.</param>
    public void Ran(PoolTask task, TaskEnd end)
    {
        // A worker knows best how long it took, but cannot have had more time than it had the task.
        var held = _time.GetElapsedTime(task.HandedAt);
        var told = end is TaskEnd.Reported { Result.Duration: var duration } ? duration : held;
        var ran = told < TimeSpan.Zero ? TimeSpan.Zero : told < held ? told : held;
        var type = Of(task.Worker.WorkerType);
        _runTime.Record(ran.TotalSeconds, type.Tag);
        type.Ran(ran);
        task.RunTime = ran;
        _events?.Ran(task, end);
        task.Span = TaskSpans.Run(task, _time.GetUtcNow() - ran);
    }

    /// <summary>It is decided how a task ended: it is about to be settled.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">Why it failed, or <see langword="null"/> when it did not.</param>
    /// <param name="returned">Whether it goes back to its queue through no fault of its own.</param>
    public void Ended(PoolTask task, TaskFailure? failure, bool returned = false)
    {
        var outcome = failure?.Word ?? (returned ? TypeCounts.Returned : TypeCounts.Success);
        Of(task.Worker.WorkerType).Ended(outcome);
        TaskSpans.EndRun(task, outcome, failure);
        _events?.Ended(task, outcome, failure);
    }

    /// <summary>A task tells how far it is.</summary>
    public void Progressed(PoolTask task, ProgressFrame progress) => _events?.Progressed(task, progress);

    /// <summary>The broker has what a failed task has become.</summary>
    /// <param name="task">The task.</param>
    /// <param name="action">What was done with it.</param>
    /// <param name="delay">When it comes again, where it does.</param>
    /// <param name="queue">The queue that it is in, where it is in one.</param>
    public void Settled(PoolTask task, FailureAction action, TimeSpan delay = default, string? queue = null) => _events?.Settled(task, action, delay, queue);

    /// <summary>What was counted since the last time. One caller.</summary>
    /// <param name="minute">When that was.</param>
    public IReadOnlyList<TaskEvent> TakeMinute(DateTimeOffset minute) => [.. _types.Select(type => type.Value.TakeMinute(type.Key, minute)).OfType<TaskEvent>()];

    private static InstrumentAdvice<double> Buckets(double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };

    private TypeCounts Of(string workerType) =>
        _types.TryGetValue(workerType, out var known) ? known : _types.GetOrAdd(workerType, static name => new TypeCounts(name));

    private IEnumerable<Measurement<long>> OfEach(Func<TypeCounts, long> count) => _types.Values.Select(type => new Measurement<long>(count(type), type.Tag));

    private IEnumerable<Measurement<long>> Outcomes() =>
        _types.Values.SelectMany(type => type.Outcomes.Select(outcome => new Measurement<long>(outcome.Value, type.Tag, MeterTags.Outcome(outcome.Key))));
}
