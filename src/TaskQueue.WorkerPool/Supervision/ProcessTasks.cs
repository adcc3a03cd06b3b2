using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>The tasks that a worker process has: those that run, those that it will start next, and whose time is over when.</summary>
/// <remarks>A process starts its tasks in the order in which it got them, and each takes the place of one whose result it has sent: so what runs
/// is what is known here. Not thread-safe.</remarks>
internal sealed class ProcessTasks(int concurrency, TimeSpan killAfter, TimeProvider time)
{
    private readonly Dictionary<long, Run> _all = [];
    private readonly Queue<Run> _next = new();
    private readonly List<Run> _running = new(concurrency);
    private long _lastId;

    /// <summary>How many there are.</summary>
    public int Count => _all.Count;

    /// <summary>All of them, for looking at.</summary>
    public IEnumerable<Run> All => _all.Values;

    /// <summary>How many of them have not been started.</summary>
    public int NotStarted => _all.Count - _running.Count;

    /// <summary>For how long the oldest of those that run has been running.</summary>
    public TimeSpan LongestRun
    {
        get
        {
            var longest = TimeSpan.Zero;
            foreach (var run in _running)
            {
                var soFar = time.GetElapsedTime(run.Started);
                longest = soFar > longest ? soFar : longest;
            }

            return longest;
        }
    }

    /// <summary>The only task that runs, if it is only one.</summary>
    public HeldTask? Only => _running is [var run] ? run.Task : null;

    /// <summary>Takes note of a task that the process gets.</summary>
    /// <returns>The task's number in the conversation with the process.</returns>
    public long Add(HeldTask task, TimeSpan? limit)
    {
        var run = new Run(++_lastId, task, limit);
        _all.Add(run.Id, run);
        if (_running.Count < concurrency)
        {
            Begin(run);
        }
        else
        {
            _next.Enqueue(run);
        }

        return run.Id;
    }

    /// <summary>Finds a task by its number.</summary>
    public Run? Find(long id) => _all.GetValueOrDefault(id);

    /// <summary>Finds a task by its message id.</summary>
    public Run? Find(string messageId) => _all.Values.FirstOrDefault(run => run.Task.MessageId == messageId);

    /// <summary>Takes note of who wants a task to end. It is given <c>kill_after</c> from now.</summary>
    public void Cancel(Run run, string by)
    {
        run.CancelledBy = by;
        run.Cancelled = time.GetTimestamp();
    }

    /// <summary>Takes a task away that has ended.</summary>
    /// <returns>It, or <see langword="null"/> when the process has no such task.</returns>
    public Run? Remove(long id)
    {
        if (!_all.Remove(id, out var run))
        {
            return null;
        }

        run.IsOver = true;
        _running.Remove(run);
        while (_running.Count < concurrency && _next.TryDequeue(out var next))
        {
            if (!next.IsOver)
            {
                Begin(next);
            }
        }

        return run;
    }

    /// <summary>Takes all tasks away.</summary>
    public IReadOnlyList<Run> Clear()
    {
        Run[] all = [.. _all.Values];
        _all.Clear();
        _next.Clear();
        _running.Clear();
        return all;
    }

    /// <summary>Says of all tasks but one that they are not to blame for the end of the process.</summary>
    public void Excuse(Run overdue)
    {
        foreach (var run in _running)
        {
            run.IsBystander |= run != overdue;
        }
    }

    /// <summary>Looks whose time is over.</summary>
    /// <param name="toCancel">Receives those that are to be told to end.</param>
    /// <returns>The one that did not end when it was told, so that the process has to go.</returns>
    public Run? TakeOverdue(List<long> toCancel)
    {
        foreach (var run in _running)
        {
            if (UntilOverdue(run) is not { } left || left > TimeSpan.Zero)
            {
                continue;
            }

            if (run is { TimedOut: false, CancelledBy: null })
            {
                run.TimedOut = true;
                toCancel.Add(run.Id);
            }
            else
            {
                run.IsGivenUp = true;
                return run;
            }
        }

        return null;
    }

    /// <summary>How long until <see cref="TakeOverdue"/> has something to say.</summary>
    /// <returns><see langword="null"/> for never.</returns>
    public TimeSpan? UntilOverdue()
    {
        TimeSpan? soonest = null;
        foreach (var run in _running)
        {
            if (UntilOverdue(run) is { } left)
            {
                soonest = soonest < left ? soonest : left;
            }
        }

        return soonest;
    }

    private TimeSpan? UntilOverdue(Run run) => run switch
    {
        { IsGivenUp: true } => null,
        { CancelledBy: not null } => killAfter - time.GetElapsedTime(run.Cancelled),
        { Limit: { } limit } => (run.TimedOut ? limit + killAfter : limit) - time.GetElapsedTime(run.Started),
        _ => null,
    };

    private void Begin(Run run)
    {
        run.HasBegun = true;
        run.Started = time.GetTimestamp();
        _running.Add(run);
    }

    /// <summary>One task of the process.</summary>
    /// <param name="id">Its number in the conversation with the process.</param>
    /// <param name="task">The task.</param>
    /// <param name="limit">How long it may run.</param>
    internal sealed class Run(long id, HeldTask task, TimeSpan? limit)
    {
        /// <summary>Its number in the conversation with the process.</summary>
        public long Id => id;

        /// <summary>The task.</summary>
        public HeldTask Task => task;

        /// <summary>How long it may run.</summary>
        public TimeSpan? Limit => limit;

        /// <summary>When it was started, for measuring.</summary>
        public long Started { get; set; }

        /// <summary>Whether the process has started it, as far as is known.</summary>
        public bool HasBegun { get; set; }

        /// <summary>Whether the process has it no more.</summary>
        public bool IsOver { get; set; }

        /// <summary>Whether it was told to end because its time was over.</summary>
        public bool TimedOut { get; set; }

        /// <summary>Who wants it to end, and has had it told so.</summary>
        public string? CancelledBy { get; set; }

        /// <summary>When it was told so, for measuring.</summary>
        public long Cancelled { get; set; }

        /// <summary>How far it is, as it told last.</summary>
        public ProgressFrame? Progress { get; set; }

        /// <summary>Whether the process is killed because of it.</summary>
        public bool IsGivenUp { get; set; }

        /// <summary>Whether the process is killed because of another task.</summary>
        public bool IsBystander { get; set; }
    }
}
