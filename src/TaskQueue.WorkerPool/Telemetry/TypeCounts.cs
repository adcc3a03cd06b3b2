using System.Collections.Concurrent;
using TaskQueue.Hosting.Metrics;

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

    private sealed class Count
    {
        public long Value;
    }
}
