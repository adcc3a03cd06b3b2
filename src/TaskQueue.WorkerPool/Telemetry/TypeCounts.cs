using System.Collections.Concurrent;
using TaskQueue.Hosting.Metrics;
using TaskQueue.Messaging.Events;

namespace TaskQueue.WorkerPool.Telemetry;

/// <summary>What a pool counts of one worker type. May be used from several threads.</summary>
internal sealed class TypeCounts
{
    /// <summary>How tasks end that do not fail; the words for failures are those of <see cref="Settling.TaskFailure.Word"/>.</summary>
    public const string Success = "success", Returned = "returned";

    // Rates are of use from the first failure on only when the count was there before it.
    private static readonly string[] Known = [Success, Returned, "permanent", "temporary", "timeout", "crash", "unknown", "expired", "cancelled"];

    private readonly ConcurrentDictionary<string, Count> _outcomes =
        new(Known.Select(outcome => KeyValuePair.Create(outcome, new Count())), StringComparer.Ordinal);

    private readonly long[] _runTimes = new long[TimeBuckets.Count], _waitTimes = new long[TimeBuckets.Count];

    // What the history was told of last; for the one that tells it.
    private readonly Dictionary<string, long> _toldOutcomes = new(StringComparer.Ordinal);
    private readonly long[] _toldRunTimes = new long[TimeBuckets.Count], _toldWaitTimes = new long[TimeBuckets.Count];

    private long _configured, _ready, _starts, _crashes, _running;
    private volatile bool _isWanted;

    public TypeCounts(string workerType) => Tag = MeterTags.WorkerType(workerType);

    public KeyValuePair<string, object?> Tag { get; }

    public bool IsWanted => _isWanted;

    public long Configured => Interlocked.Read(ref _configured);

    public long Ready => Interlocked.Read(ref _ready);

    public long Starts => Interlocked.Read(ref _starts);

    public long Crashes => Interlocked.Read(ref _crashes);

    public long Running => Interlocked.Read(ref _running);

    public IEnumerable<KeyValuePair<string, long>> Outcomes =>
        _outcomes.Select(outcome => KeyValuePair.Create(outcome.Key, Interlocked.Read(ref outcome.Value.Value)));

    public void Plan(int workers, bool isWanted)
    {
        Interlocked.Exchange(ref _configured, workers);
        _isWanted = isWanted;
    }

    public void Started() => Interlocked.Increment(ref _starts);

    public void BecameReady(int more) => Interlocked.Add(ref _ready, more);

    public void Crashed() => Interlocked.Increment(ref _crashes);

    public void Runs(int more) => Interlocked.Add(ref _running, more);

    public void Ended(string outcome) => Interlocked.Increment(ref _outcomes.GetOrAdd(outcome, static _ => new Count()).Value);

    public void Ran(TimeSpan time) => Interlocked.Increment(ref _runTimes[TimeBuckets.Of(time)]);

    public void Waited(TimeSpan time) => Interlocked.Increment(ref _waitTimes[TimeBuckets.Of(time)]);

    /// <summary>What was counted since the last time. One caller.</summary>
    /// <param name="workerType">The worker type.</param>
    /// <param name="minute">When that was.</param>
    /// <returns>An event for the history, or <see langword="null"/> when there was nothing.</returns>
    public TaskEvent? TakeMinute(string workerType, DateTimeOffset minute)
    {
        var outcomes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (outcome, count) in Outcomes)
        {
            var more = count - _toldOutcomes.GetValueOrDefault(outcome);
            _toldOutcomes[outcome] = count;
            if (more > 0)
            {
                outcomes.Add(outcome, more);
            }
        }

        var (run, wait) = (Take(_runTimes, _toldRunTimes), Take(_waitTimes, _toldWaitTimes));
        return outcomes.Count + run.Count + wait.Count == 0
            ? null
            : new TaskEvent(TaskEventKinds.Counts, minute.ToUnixTimeMilliseconds()) { Type = workerType, Counts = outcomes, Run = run, Wait = wait };
    }

    private static Dictionary<int, long> Take(long[] counted, long[] told)
    {
        var buckets = new Dictionary<int, long>();
        for (var i = 0; i < counted.Length; i++)
        {
            var count = Interlocked.Read(ref counted[i]);
            if (count > told[i])
            {
                buckets.Add(i, count - told[i]);
                told[i] = count;
            }
        }

        return buckets;
    }

    private sealed class Count
    {
        public long Value;
    }
}
