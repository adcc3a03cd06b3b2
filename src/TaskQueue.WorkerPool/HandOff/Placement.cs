using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks of a type that wait, the processes that get them, and who gets which: does what <see cref="Assignment"/> decides. Part of <see cref="TypeTasks"/>.</summary>
/// <param name="conditions">Whether tasks may be started.</param>
/// <param name="feed">Hears of how much to take.</param>
/// <param name="time">The clock.</param>
internal sealed class Placement(StartConditions conditions, IFeedOrders feed, TimeProvider time)
{
    // A suspect that finds no place goes back for so long; a little longer, nothing is held that could be one, too.
    private static readonly TimeSpan SuspectDelay = TimeSpan.FromSeconds(1), SuspectCaution = TimeSpan.FromSeconds(3);

    // What the configuration wants to be held, and had to go back because nobody got to it, is not taken at once again.
    private static readonly TimeSpan ReturnCaution = TimeSpan.FromSeconds(10);

    private readonly List<WorkerTasks> _workers = [];
    private readonly WorkEstimate _estimate = new();
    private readonly TaskCompletionSource _allAcknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _heldByEstimate;
    private long _holdsNothingUntil = time.GetTimestamp();
    private bool _isStopping;
    private int _acknowledging;

    /// <summary>The tasks that wait for a process.</summary>
    public WaitingLine Waiting { get; } = new();

    /// <summary>Whether nothing is to be started.</summary>
    public bool IsPaused { get; set; }

    /// <summary>What the latest process runs.</summary>
    public WorkerSpec? Latest { get; private set; }

    /// <summary>Completes, after <see cref="Stop"/>, when no task is being acknowledged before it starts.</summary>
    public Task AllAcknowledged => _allAcknowledged.Task;

    /// <summary>Whether more is held than what runs.</summary>
    public bool HoldsAhead => Assignment.AheadPerPlace(_estimate) > 0;

    /// <summary>For how long nothing is to be held ahead.</summary>
    public TimeSpan HoldsNothingFor => time.GetElapsedTime(time.GetTimestamp(), _holdsNothingUntil);

    private Situation Situation => new(_workers, Waiting.Count, _estimate)
    {
        IsPaused = IsPaused,
        IsStopping = _isStopping,
        HeldByEstimate = _heldByEstimate,
        HoldsNothingAhead = time.GetTimestamp() < _holdsNothingUntil,
    };

    /// <summary>A process gets tasks from now on.</summary>
    public void Add(WorkerTasks worker)
    {
        _workers.Add(worker);
        Latest = worker.Spec;
    }

    /// <summary>A process gets no more tasks.</summary>
    public void Remove(WorkerTasks worker) => _workers.Remove(worker);

    /// <summary>Nothing is taken any more, and what waits goes back.</summary>
    public void Stop(Consequences todo)
    {
        _isStopping = true;
        TellIfAcknowledged();
        Array.ForEach(Waiting.TakeAll(), task => todo.Return(task));
    }

    /// <summary>Hands over a task that has just come, or has it wait.</summary>
    public void Place(PoolTask task, Consequences todo)
    {
        if (_isStopping)
        {
            todo.Return(task);
        }
        else if (task.IsSuspect)
        {
            StartOrReturn(task, todo);
        }
        else if (Assignment.FirstWithRoom(Situation) is { } worker)
        {
            Give(worker, task, todo);
        }
        else
        {
            Waiting.Add(task);
        }
    }

    /// <summary>Hands over what came back from processes and what waits, now that places may be free.</summary>
    public void GoOn(Consequences todo)
    {
        TakeBack(todo);
        Share(todo);
        if (_workers.Exists(static worker => worker.AcknowledgesFirst))
        {
            // What is acknowledged and runs makes room at the broker, though there is none here.
            Take();
        }
    }

    /// <summary>A task that a place was kept for is acknowledged, unless its connection was lost.</summary>
    public void StartAcknowledged(PoolTask task, WorkerTasks worker, Consequences todo)
    {
        if (!task.ConfirmAcknowledged())
        {
            task.TryDrop();
        }
        else if (_isStopping)
        {
            todo.Return(task);
        }
        else if (worker.HasEnded)
        {
            Waiting.AddFirst(task);
        }
        else
        {
            Give(worker, task, todo);
        }

        worker.Release();
        _acknowledging--;
        TellIfAcknowledged();
    }

    /// <summary>Takes note of tasks that have ended.</summary>
    /// <remarks>A worker knows best how long one took: to us it has lasted until its result was read, on a busy host many times as long, and a pool that takes short tasks
    /// for long ones holds few, which makes them last. But none took longer than that; and results that come together were told late.</remarks>
    public void Learn(List<(PoolTask Task, TaskEnd End)> ended)
    {
        var sum = TimeSpan.Zero;
        foreach (var (task, _) in ended)
        {
            sum += time.GetElapsedTime(task.Began);
        }

        foreach (var (task, end) in ended)
        {
            var ran = sum / ended.Count;
            _estimate.Ran(end is TaskEnd.Reported { Result.Duration: var told } && told < ran ? told : ran, task.Body.Length);
        }
    }

    /// <summary>Takes note of a task that still runs.</summary>
    public void Learn(TimeSpan longestRun)
    {
        if (longestRun > Assignment.LongRun)
        {
            _estimate.Runs(longestRun);
        }
    }

    /// <summary>Returns tasks that have waited for long and would go on doing so, or are not ours any more; all of them while nothing is started.</summary>
    public void ReturnWhatWaitsTooLong(Consequences todo)
    {
        if (IsPaused && feed.TakesNothing)
        {
            // Not before: what is returned would come again.
            Array.ForEach(Waiting.TakeAll(), task => todo.Return(task));
            return;
        }

        var soon = Assignment.HaveTheirTurnSoon(Situation);
        foreach (var task in Waiting.TakeOut((task, before) =>
            task.IsLost || (before >= soon && time.GetElapsedTime(task.Arrived) > Assignment.LongestWait)))
        {
            if (!task.TryDrop())
            {
                todo.Return(task);
                if (_workers.Exists(worker => worker.MostAhead > 0))
                {
                    HoldNothingAhead(ReturnCaution);
                }
            }
        }
    }

    /// <summary>Tells the broker how much to deliver.</summary>
    public void Take()
    {
        var prefetch = Assignment.Prefetch(Situation with { Stuck = feed.Stuck }, out _heldByEstimate);
        if (!_isStopping)
        {
            feed.Take(prefetch, atOnce: IsPaused);
        }
    }

    /// <summary>What came back from processes goes to others, before all that came later.</summary>
    private void TakeBack(Consequences todo)
    {
        var back = todo.Back;
        for (var i = back.Count - 1; i >= 0; i--)
        {
            var task = back[i];
            if (task.CancelledBy is { } by)
            {
                todo.Fail(task, TaskFailure.Cancelled(by));
            }
            else if (_isStopping)
            {
                todo.Return(task);
            }
            else if (task.IsSuspect)
            {
                StartOrReturn(task, todo);
            }
            else
            {
                Waiting.AddFirst(task);
            }
        }

        back.Clear();
    }

    private void Share(Consequences todo)
    {
        var gifts = todo.Gifts;
        gifts.Clear();
        Assignment.Share(Situation, gifts);
        foreach (var (worker, count) in gifts)
        {
            for (var given = 0; given < count && Waiting.Count > 0;)
            {
                given += Give(worker, Waiting.TakeFirst(), todo) ? 1 : 0;
            }
        }
    }

    /// <summary>Starts a task that may be what ends its pools, or returns it: one that is held when this pool dies would be taken for the culprit.</summary>
    private void StartOrReturn(PoolTask task, Consequences todo)
    {
        if (Assignment.FirstWithPlace(Situation) is { } worker)
        {
            Give(worker, task, todo);
            return;
        }

        HoldNothingAhead(SuspectCaution);
        todo.Return(task, SuspectDelay);
    }

    /// <summary>Hands a task to a process that has room for it, unless it is not to be started at all.</summary>
    private bool Give(WorkerTasks worker, PoolTask task, Consequences todo)
    {
        if (task.TryDrop())
        {
            return false;
        }

        task.Worker = worker.Spec;
        if (ReasonNotToStart(task, out var limit) is { } reason)
        {
            todo.Fail(task, reason);
            return false;
        }

        if (worker.AcknowledgesFirst && !task.IsAcknowledged)
        {
            _acknowledging++;
            worker.Reserve();
            todo.ToAcknowledge.Add((task, worker));
            return true;
        }

        worker.Hand(task, limit, todo.Begun);
        todo.Flush(worker);
        return true;
    }

    private TaskFailure? ReasonNotToStart(PoolTask task, out TimeSpan? limit)
    {
        try
        {
            return conditions.ReasonNotToStart(task, out limit);
        }
        catch (Exception e)
        {
            // Whatever its publisher has thought of, it costs no place but that of this task.
            limit = null;
            return new TaskFailure(FailureKind.Permanent, $"it cannot be handed to a worker: {e.Message}");
        }
    }

    private void TellIfAcknowledged()
    {
        if (_isStopping && _acknowledging == 0)
        {
            _allAcknowledged.TrySetResult();
        }
    }

    private void HoldNothingAhead(TimeSpan duration)
    {
        _holdsNothingUntil = time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);
        Take();
    }
}
