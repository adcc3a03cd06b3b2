namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Notices a process that does not start what it has a place for, though it answers. Part of <see cref="WorkerTasks"/>.</summary>
/// <param name="time">The clock.</param>
internal sealed class StartWatch(TimeProvider time)
{
    /// <summary>A process that has not started a task for so long, though it had a place for it, never will.</summary>
    public static readonly TimeSpan LatestStart = TimeSpan.FromSeconds(5);

    private long? _since;

    /// <summary>A task has ended: the process does start tasks.</summary>
    public void HearEnd() => _since = null;

    /// <summary>The process gives back a task that it has not started.</summary>
    /// <returns>Whether it is stuck.</returns>
    public bool HearUnstarted(PoolTask task)
    {
        _since ??= task is { State: TaskState.Running, CancelledBy: null } ? task.Began : null;
        return _since is { } since && time.GetElapsedTime(since) >= LatestStart;
    }
}
