using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks of a worker type that are not settling, and the processes that run them: all that <see cref="TypeFeed"/> protects by its lock.</summary>
/// <remarks>Each method is something that happens. It changes the states of tasks, does what <see cref="Assignment"/> says about it, and collects in
/// <see cref="Consequences"/> what concerns others. Nothing here waits, publishes or logs. Not thread-safe.</remarks>
/// <param name="feedLock">The lock of the feed.</param>
/// <param name="conditions">Whether tasks may be started.</param>
/// <param name="feed">Hears, within the lock, of when to look again, and how much to take.</param>
/// <param name="telemetry">Counts the tasks that processes have.</param>
/// <param name="time">The clock.</param>
internal sealed class TypeTasks(Lock feedLock, StartConditions conditions, IFeedOrders feed, PoolTelemetry telemetry, TimeProvider time)
{
    /// <summary>Between two looks at tasks that wait behind others.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private readonly List<WorkerTasks> _attached = [];
    private readonly Dictionary<string, RefusedTasks> _refused = new(StringComparer.Ordinal);
    private readonly Placement _placement = new(conditions, feed, time);
    private long? _nextLook;

    /// <summary>Whether somebody has paused the type.</summary>
    public bool IsPaused => _placement.IsPaused;

    /// <summary>What the latest process runs; tasks that none has are judged by it.</summary>
    public WorkerSpec? Latest => _placement.Latest;

    /// <summary>Completes, after <see cref="Stop"/>, when no task is being acknowledged before it starts.</summary>
    public Task AllAcknowledged => _placement.AllAcknowledged;

    /// <summary>How many tasks wait for a process.</summary>
    public int WaitingCount => _placement.Waiting.Count;

    /// <summary>When the oldest of the tasks that wait was published: seconds since 1970, as its publisher says.</summary>
    public long? OldestPublished => _placement.Waiting.All.Concat(_attached.SelectMany(worker => worker.Handed.Waiting)).Min(task => task.Properties.Timestamp);

    /// <summary>Knows a process from now on.</summary>
    public WorkerTasks Attach(IWorkerPipe process)
    {
        if (!_refused.TryGetValue(process.Spec.Section, out var refused))
        {
            _refused.Add(process.Spec.Section, refused = new RefusedTasks(time));
        }

        var worker = new WorkerTasks(process, feedLock, refused, telemetry, time);
        _attached.Add(worker);
        return worker;
    }

    /// <summary>A process takes tasks from now on.</summary>
    public void Join(WorkerTasks worker, Consequences todo)
    {
        if (!worker.HasEnded)
        {
            worker.BeFed();
            _placement.Add(worker);
            GoOn(todo);
            _placement.Take();
        }
    }

    /// <summary>A process takes no more tasks.</summary>
    public void Leave(WorkerTasks worker, Consequences todo)
    {
        _placement.Remove(worker);
        worker.LetGo();
        Recall(worker, todo);
        _placement.Take();
    }

    /// <summary>Nothing is started any more, and what waits goes back as soon as no more comes.</summary>
    public void Pause(Consequences todo)
    {
        _placement.IsPaused = true;
        _attached.ForEach(worker => Recall(worker, todo));
        _placement.Take();
        LookIn(LookInterval);
    }

    /// <summary>Tasks are started again.</summary>
    public void Resume(Consequences todo)
    {
        _placement.IsPaused = false;
        _placement.Take();
        GoOn(todo);
    }

    /// <summary>No task comes any more, and what waits goes back.</summary>
    public void Stop(Consequences todo) => _placement.Stop(todo);

    /// <summary>There are more or fewer tasks that cannot be settled.</summary>
    public void Take() => _placement.Take();

    /// <summary>A task has come.</summary>
    public void Arrive(PoolTask task, Consequences todo)
    {
        _placement.Place(task, todo);
        LookAgain(todo);
    }

    /// <summary>A process has sent results, or says that it closes.</summary>
    /// <exception cref="ProtocolException">A frame is none that the process may send now. Those before it count.</exception>
    public void Hear(WorkerTasks worker, IReadOnlyList<Frame> frames, Consequences todo)
    {
        try
        {
            foreach (var frame in frames)
            {
                worker.Hear(frame, todo);
            }
        }
        finally
        {
            _placement.Learn(todo.Ended);
            GoOn(todo);
        }
    }

    /// <summary>A task that a place was kept for is acknowledged, unless its connection was lost.</summary>
    public void StartAcknowledged(PoolTask task, WorkerTasks worker, Consequences todo)
    {
        _placement.StartAcknowledged(task, worker, todo);
        GoOn(todo);
    }

    /// <summary>A process is gone, and with it the tasks that it ran.</summary>
    public void End(WorkerTasks worker, WorkerExit exit, Consequences todo)
    {
        _attached.Remove(worker);
        worker.End(exit, todo);
        GoOn(todo);
    }

    /// <summary>Has a task told to end; one that no process has started is not started.</summary>
    /// <returns>What is done about it, or <see langword="null"/> when there is no such task here.</returns>
    public CancelReport? Cancel(string messageId, string by, Consequences todo)
    {
        if (_placement.Waiting.TakeOut(messageId) is { } waiting)
        {
            todo.Fail(waiting, TaskFailure.Cancelled(by));
            return new CancelReport(messageId, Found: true);
        }

        foreach (var worker in _attached)
        {
            if (worker.Cancel(messageId, by) is { } task)
            {
                todo.Flush(worker);
                LookWhenTimeIsOver(worker);
                return new CancelReport(messageId, Found: true) { Running = task.State == TaskState.Running, Worker = worker.Spec.Name, Pid = worker.Pipe.Pid };
            }
        }

        return null;
    }

    /// <summary>Time has passed: sees whose time is over, what waits behind tasks that run for long, and how much to hold from now on.</summary>
    public void Look(Consequences todo)
    {
        _nextLook = null;
        foreach (var worker in _attached)
        {
            if (worker.IsFed)
            {
                _placement.Learn(worker.Running.LongestRun);
            }

            Recall(worker, todo);
            WatchTime(worker, todo);
        }

        _placement.Take();
        GoOn(todo);
        _placement.ReturnWhatWaitsTooLong(todo);
        LookAgain(todo);
    }

    /// <summary>The tasks that are here.</summary>
    public IReadOnlyList<TaskReport> Report() =>
    [
        .. _attached.SelectMany(worker => worker.Report()),
        .. _placement.Waiting.All.Select(task => TaskReports.OfWaiting(task, time)),
    ];

    private void GoOn(Consequences todo)
    {
        _placement.GoOn(todo);
        LookAgain(todo);
    }

    private void Recall(WorkerTasks worker, Consequences todo)
    {
        if (Assignment.IsToGiveBack(worker, IsPaused))
        {
            worker.Recall();
            todo.Flush(worker);
        }
    }

    /// <summary>Tells tasks to end whose time is over, and ends the process of one that does not, or that does not start what it has a place for.</summary>
    private void WatchTime(WorkerTasks worker, Consequences todo)
    {
        if (worker.Running.TakeOverdue(out var told) is { } overdue)
        {
            var why = overdue.CancelledBy is { } by ? $"was cancelled by {by}" : $"had run for its {overdue.Limit?.TotalSeconds} s";
            todo.ToKill.Add((worker, $"task {overdue.MessageId} {why} and did not end within kill_after, {worker.Spec.Options.KillAfter.TotalSeconds} s"));
        }

        if (worker.AskWhetherStarted() || told)
        {
            todo.Flush(worker);
        }

        LookWhenTimeIsOver(worker);
    }

    // When something is to be done though nothing happens.
    private void LookAgain(Consequences todo)
    {
        if (_placement.Waiting.Count > 0 || HasTasksThatOthersCouldRun())
        {
            LookIn(LookInterval);
        }

        foreach (var task in todo.Begun)
        {
            LookIn(task.Limit < RunningTasks.AskAfter ? task.Limit.Value : RunningTasks.AskAfter);
        }

        if (_placement.HoldsNothingFor is var left && left > TimeSpan.Zero)
        {
            LookIn(left + LookInterval);
        }
    }

    private bool HasTasksThatOthersCouldRun()
    {
        var holdsAhead = _placement.HoldsAhead;
        foreach (var worker in _attached)
        {
            if (worker.NotStarted > 0 || (holdsAhead && worker.Count > 0))
            {
                return true;
            }
        }

        return false;
    }

    private void LookWhenTimeIsOver(WorkerTasks worker)
    {
        if (worker.Running.UntilNextLook() is { } left)
        {
            LookIn(left);
        }
    }

    private void LookIn(TimeSpan delay)
    {
        var at = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
        if (_nextLook is null || at < _nextLook)
        {
            _nextLook = at;
            feed.LookIn(delay);
        }
    }
}
