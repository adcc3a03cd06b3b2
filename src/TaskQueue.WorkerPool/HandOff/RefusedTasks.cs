namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Tells a task at which its worker cannot go on, such as one whose program ends with 127, from a host that lacks something: others of its type are done meanwhile.</summary>
/// <remarks>Within the lock of the feed.</remarks>
/// <param name="time">The clock.</param>
internal sealed class RefusedTasks(TimeProvider time)
{
    private const int Most = 1000;

    // When each was refused last, by message id.
    private readonly Dictionary<string, long> _refused = new(StringComparer.Ordinal);
    private long _latestDone;

    /// <summary>A task has been done with.</summary>
    /// <param name="task">The task, whose run has ended.</param>
    public void HearEnd(PoolTask task) => _latestDone = Math.Max(_latestDone, task.Began);

    /// <summary>A worker could not go on with a task.</summary>
    /// <returns>Whether that is the task's fault: so it was before, and one that began since then was done with.</returns>
    public bool IsToBlame(PoolTask task)
    {
        var isToBlame = _refused.TryGetValue(task.MessageId, out var before) && _latestDone > before;
        if (_refused.Count >= Most)
        {
            _refused.Clear();
        }

        _refused[task.MessageId] = time.GetTimestamp();
        return isToBlame;
    }
}
