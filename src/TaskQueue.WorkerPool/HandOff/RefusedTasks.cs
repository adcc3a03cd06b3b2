using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that workers of a section could not do for want of something: tells a task that is why, such as one whose command ends with 127, from a host that lacks it.</summary>
/// <remarks>Only success tells anything of the host: other failures may come before the command is even started. Within the lock of the feed.</remarks>
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
    private long _latestSuccess;

    /// <summary>How many were refused since one succeeded.</summary>
    public int InARow { get; private set; }

    /// <summary>How many have succeeded.</summary>
    public long Successes { get; private set; }

    /// <summary>A task has succeeded.</summary>
    public void HearSuccess(PoolTask task)
    {
        (InARow, Successes) = (0, Successes + 1);
        _latestSuccess = Math.Max(_latestSuccess, task.Began);
    }

    /// <summary>A worker could not do a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="outcome">What the worker says.</param>
    /// <returns>For how long it stays away while others are tried; <see langword="null"/> when it is to blame: so it was before, and one that began since then has succeeded.</returns>
    public TimeSpan? Judge(PoolTask task, TaskOutcome outcome)
    {
        var isKnown = _refused.TryGetValue(task.MessageId, out var before);
        if (isKnown && outcome == TaskOutcome.NotFound && _latestSuccess > before)
        {
            _refused.Remove(task.MessageId);
            InARow = 0;
            return null;
        }

        if (_refused.Count >= Most)
        {
            _refused.Clear();
        }

        _refused[task.MessageId] = time.GetTimestamp();
        InARow++;
        return isKnown ? BehindNextTry : BehindOthers;
    }
}
