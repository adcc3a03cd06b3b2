using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Tells a task that no worker can do, such as one whose program ends with 127, from a host that lacks something: others of its type are done meanwhile.</summary>
/// <remarks>Within the lock of the feed.</remarks>
/// <param name="time">The clock.</param>
internal sealed class RefusedTasks(TimeProvider time)
{
    private const int Most = 1000;

    // Longer than other tasks take that were held here and go back. Without that, the first task that a worker tries would always be this one.
    private static readonly TimeSpan BehindOthers = TimeSpan.FromSeconds(2);

    // The next try is for others, also for those that would run beside this one.
    private static readonly TimeSpan BehindNextTry = ConfigurationFaults.RetryInterval + TimeSpan.FromSeconds(5);

    // When each was refused last, by message id.
    private readonly Dictionary<string, long> _refused = new(StringComparer.Ordinal);
    private long _latestDone;

    /// <summary>A task has been done with.</summary>
    /// <param name="task">The task, whose run has ended.</param>
    public void HearEnd(PoolTask task) => _latestDone = Math.Max(_latestDone, task.Began);

    /// <summary>A worker could not do a task.</summary>
    /// <returns>For how long it stays away while others are tried; <see langword="null"/> when it is to blame: so it was before, and one that began since then was done with.</returns>
    public TimeSpan? Judge(PoolTask task)
    {
        var isKnown = _refused.TryGetValue(task.MessageId, out var before);
        if (_refused.Count >= Most)
        {
            _refused.Clear();
        }

        _refused[task.MessageId] = time.GetTimestamp();
        return !isKnown ? BehindOthers : _latestDone > before ? null : BehindNextTry;
    }
}
