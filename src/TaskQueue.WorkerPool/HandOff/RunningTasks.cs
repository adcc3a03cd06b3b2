using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that run in a process, and whose time is over when. Part of <see cref="WorkerTasks"/>.</summary>
/// <param name="pipe">The process.</param>
/// <param name="time">The clock.</param>
internal sealed class RunningTasks(IWorkerPipe pipe, TimeProvider time)
{
    /// <summary>When a process is asked whether it has started a task. It decides by its own clock, when half of that is over.</summary>
    public static readonly TimeSpan AskAfter = 2 * StartWatch.LatestStart;

    private readonly TimeSpan _killAfter = pipe.Spec.Options.KillAfter;
    private readonly List<PoolTask> _tasks = [];

    /// <summary>How many there are.</summary>
    public int Count => _tasks.Count;

    /// <summary>The only one, if it is only one.</summary>
    public PoolTask? Only => _tasks is [var task] ? task : null;

    /// <summary>For how long the oldest has been running.</summary>
    public TimeSpan LongestRun
    {
        get
        {
            var longest = TimeSpan.Zero;
            foreach (var task in _tasks)
            {
                var soFar = time.GetElapsedTime(task.Began);
                longest = soFar > longest ? soFar : longest;
            }

            return longest;
        }
    }

    public void Add(PoolTask task) => _tasks.Add(task);

    public void Remove(PoolTask task) => _tasks.Remove(task);

    public void Clear() => _tasks.Clear();

    /// <summary>Tells tasks to end whose time is over.</summary>
    /// <param name="told">Whether there were such.</param>
    /// <returns>The one that did not end when it was told, so that the process has to go. The others that run are not to blame for that.</returns>
    public PoolTask? TakeOverdue(out bool told)
    {
        told = false;
        PoolTask? overdue = null;
        foreach (var task in _tasks)
        {
            if (UntilOverdue(task) is not { } left || left > TimeSpan.Zero)
            {
                continue;
            }

            if (task is { TimedOut: false, CancelledBy: null })
            {
                task.TimedOut = told = true;
                pipe.Post(new CancelFrame(task.Number));
            }
            else
            {
                overdue ??= task;
            }
        }

        if (overdue is not null)
        {
            overdue.IsGivenUp = true;
            SpareAllBut(overdue);
        }

        return overdue;
    }

    /// <summary>Looks for tasks that have had their place for so long that the process should be asked whether it has started them.</summary>
    /// <returns>Whether there are any that it was not asked for before.</returns>
    public bool TakeThoseToAskFor()
    {
        var any = false;
        foreach (var task in _tasks)
        {
            if (!task.WasAskedFor && time.GetElapsedTime(task.Began) >= AskAfter)
            {
                task.WasAskedFor = any = true;
            }
        }

        return any;
    }

    /// <summary>Says of all tasks but one that they are not to blame for the end of the process.</summary>
    public void SpareAllBut(PoolTask? culprit)
    {
        foreach (var task in _tasks)
        {
            task.IsBystander |= task != culprit;
        }
    }

    /// <summary>How long until there is something to do about one of them.</summary>
    /// <returns><see langword="null"/> for never.</returns>
    public TimeSpan? UntilNextLook()
    {
        TimeSpan? soonest = null;
        foreach (var task in _tasks)
        {
            soonest = Sooner(soonest, Sooner(UntilOverdue(task), task.WasAskedFor ? null : AskAfter - time.GetElapsedTime(task.Began)));
        }

        return soonest;
    }

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private TimeSpan? UntilOverdue(PoolTask task) => task switch
    {
        { IsGivenUp: true } => null,
        { CancelledBy: not null } => _killAfter - time.GetElapsedTime(task.Cancelled),
        { Limit: { } limit } => (task.TimedOut ? limit + _killAfter : limit) - time.GetElapsedTime(task.Began),
        _ => null,
    };
}
