using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Connects the queue of a worker type with the processes that run its tasks: takes as many as they can run, and a little more,
/// hands each to one that is free, and has each settled.</summary>
/// <remarks>
/// Who has no more than it can run keeps nothing from other hosts: the broker knows how many tasks this pool can take. What it
/// takes beyond that, so that no process waits for the broker, is for <see cref="WorkAhead"/> to say. Tasks that nevertheless wait
/// here behind one that turns out long are handed to another process of this pool, or returned to their queue for another host.
/// </remarks>
internal sealed class TypeFeed : IAsyncDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(50);

    // What would wait for longer goes to other hosts; not at once, for a process that is being replaced takes that long.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);

    // Bodies are in memory, and what is unsettled when this pool dies is delivered again.
    private const int MostAhead = 4000;

    // So many tasks that cannot be settled hold up no others of their type; when there are more, it is better to take none.
    private const int MostStuck = 100;

    private readonly OpenTasks _open;
    private readonly PoolTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FeedSubscription _subscription;
    private readonly ITimer _watch;

    // Protects everything below it, and the counts of the members.
    private readonly Lock _gate = new();
    private readonly List<WorkerFeed> _members = [];
    private readonly WaitingLine _waiting = new();
    private readonly WorkAhead _ahead = new();
    private int _ownPlaces;
    private int _wantedAhead;
    private bool _isWatching;
    private bool _isStopping;
    private bool _isPaused;
    private WorkerSpec? _latest;

    public TypeFeed(
        IBroker broker,
        QueueDefinition queue,
        UnreadableMessages unreadable,
        OpenTasks open,
        QueueLedger ledger,
        Task mayTake,
        PoolTelemetry telemetry,
        TimeProvider time,
        ILogger logger)
    {
        (_open, _telemetry, _time, _logger) = (open, telemetry, time, logger);
        _subscription = new FeedSubscription(broker, queue, unreadable.Before(OnDeliveryAsync), ledger, mayTake, time, logger);
        open.OnStuckChanged(OnStuckChanged);
        _watch = time.CreateTimer(_ => Watch(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gives a process its part.</summary>
    public WorkerFeed FeedOf(WorkerProcess process) => new(this, process);

    /// <summary>Whether somebody has paused it.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_gate)
            {
                return _isPaused;
            }
        }
    }

    /// <summary>The tasks that wait for a process.</summary>
    public IReadOnlyList<HeldTask> Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.All;
            }
        }
    }

    /// <summary>Takes no tasks until <see cref="Resume"/>, and returns what no process has started, as soon as no more come.</summary>
    public void Pause()
    {
        WorkerFeed[] members;
        lock (_gate)
        {
            _isPaused = true;
            members = [.. _members.Where(member => member.Process.Load.NotStarted > 0)];
            foreach (var member in members)
            {
                member.IsRecalling = true;
            }

            Want();
            StartWatching();
        }

        Array.ForEach(members, member => member.Process.Recall());
    }

    /// <summary>Takes tasks again.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _isPaused = false;
            Want();
            RefillAll();
        }
    }

    /// <summary>Ends a task that waits for a process, if it is one of these.</summary>
    /// <returns>Whether it is.</returns>
    public bool TryCancel(string messageId, string by)
    {
        HeldTask? task;
        lock (_gate)
        {
            task = _waiting.TakeOut(messageId);
        }

        if (task is not null)
        {
            _open.Fail(task, TaskFailure.Cancelled(by));
        }

        return task is not null || _open.TryCancelStuck(messageId, by);
    }

    /// <summary>Takes no more tasks, and returns those that wait.</summary>
    public async Task StopTakingAsync()
    {
        HeldTask[] waiting;
        lock (_gate)
        {
            _isStopping = true;
            waiting = _waiting.TakeAll();
        }

        _open.Return(waiting);
        await _subscription.StopTakingAsync();
    }

    /// <summary>Waits until everything that was taken is settled, and ends the subscription.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopTakingAsync();
        await _open.AllSettledAsync();
        await _watch.DisposeAsync();
        await _subscription.DisposeAsync();
    }

    /// <summary>A process takes tasks from now on.</summary>
    public void Join(WorkerFeed member)
    {
        lock (_gate)
        {
            _members.Add(member);
            _ownPlaces += member.Concurrency;
            _latest = member.Process.Spec;
            Refill(member);
            Want();
        }

        _ = member.Process.FlushAsync();
    }

    /// <summary>A process takes no more tasks.</summary>
    public void Leave(WorkerFeed member)
    {
        lock (_gate)
        {
            _members.Remove(member);
            _ownPlaces -= member.Concurrency;
            Want();
        }

        if (member.Process.Load.NotStarted > 0)
        {
            member.Process.Recall();
        }
    }

    /// <summary>Tasks have ended in a process.</summary>
    public void OnEnded(WorkerFeed member, IReadOnlyList<(HeldTask Task, TaskEnd End)> ended)
    {
        List<HeldTask> unwanted = [], takenBack = [];
        lock (_gate)
        {
            foreach (var (task, end) in ended)
            {
                member.Ended(wasStarted: end is not TaskEnd.NotStarted);
                if (end is TaskEnd.Reported { Result: var result })
                {
                    _ahead.Ran(result.Duration, task.Body.Length);
                    _telemetry.Ran(task, result.Duration);
                }
                else if (end is TaskEnd.Died)
                {
                    _telemetry.Ran(task, _time.GetElapsedTime(task.Given));
                }
                else if (end is TaskEnd.NotStarted)
                {
                    task.TakeBack();
                    _telemetry.TakenBack(task);
                    (_isStopping || _open.IsCancelled(task) ? unwanted : takenBack).Add(task);
                }
            }

            _waiting.AddBefore(takenBack);
            member.IsRecalling &= member.Process.Load.NotStarted > 0;
            if (member.Has < member.Concurrency + (_ahead.InPipe / 2))
            {
                // Many at a time, so that neither side is woken for each.
                Refill(member);
            }

            if (takenBack.Count > 0 || (_waiting.Count > 0 && CountBusy() < _ahead.Processes))
            {
                RefillAll();
            }

            StartWatching();
        }

        // Before anything else: while its results are published, the process is busy with the next ones.
        _ = member.Process.FlushAsync();
        foreach (var (task, end) in ended)
        {
            if (end is not TaskEnd.NotStarted)
            {
                _open.Settle(task, end);
            }
        }

        _open.Return(unwanted);
    }

    private ValueTask OnDeliveryAsync(Delivery delivery)
    {
        if (_open.Take(delivery, _latest!) is { } task)
        {
            Place(task);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Hands a task to a process that has room, or has it wait.</summary>
    private void Place(HeldTask task)
    {
        WorkerFeed? member = null;
        lock (_gate)
        {
            if (!_isStopping)
            {
                member = MemberWithRoom();
                if (member is null)
                {
                    _waiting.Add(task);
                }
                else
                {
                    Give(member, task);
                }

                StartWatching();
            }
        }

        if (member is not null)
        {
            _ = member.Process.FlushAsync();
        }
        else if (_isStopping)
        {
            _open.Return([task]);
        }
    }

    /// <summary>Finds who is to get a task: the first that can run it soon, so that a few processes are busy and the rest sleep.</summary>
    private WorkerFeed? MemberWithRoom()
    {
        // When some wait already, there is nobody.
        if (_waiting.Count > 0)
        {
            return null;
        }

        var together = _ahead.Together;
        int? busy = null;
        WorkerFeed? second = null;
        foreach (var member in _members)
        {
            if (HasRoom(member) && (member.Has > 0 || (busy ??= CountBusy()) < _ahead.Processes))
            {
                if (member.Has < member.Concurrency + together)
                {
                    return member;
                }

                second ??= member;
            }
        }

        return second;
    }

    private bool HasRoom(WorkerFeed member) =>
        !_isPaused && member is { IsOpen: true, IsRecalling: false } && member.Has < member.Concurrency + Math.Min(_ahead.InPipe, member.MostAhead);

    /// <summary>Counts the processes that run tasks and may get more.</summary>
    private int CountBusy()
    {
        var busy = 0;
        foreach (var member in _members)
        {
            busy += member is { Has: > 0, IsOpen: true, IsRecalling: false } ? 1 : 0;
        }

        return busy;
    }

    private void RefillAll()
    {
        var busy = CountBusy();
        foreach (var member in _members)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            var sleeps = member.Has == 0;
            if ((!sleeps || busy < _ahead.Processes) && Refill(member))
            {
                busy += sleeps ? 1 : 0;
                _ = member.Process.FlushAsync();
            }
        }
    }

    private bool Refill(WorkerFeed member)
    {
        var gave = false;
        while (_waiting.Count > 0 && HasRoom(member))
        {
            gave |= Give(member, _waiting.TakeFirst());
        }

        return gave;
    }

    /// <summary>Hands a task to a process that has room for it, unless it is not to be started at all.</summary>
    private bool Give(WorkerFeed member, HeldTask task)
    {
        if (task.TryDrop())
        {
            return false;
        }

        task.AssignTo(member.Process.Spec, member.Process.Pid, _time.GetTimestamp());
        if (_open.ReasonNotToRun(task, out var limit) is { } reason)
        {
            // Not within the lock.
            _ = Task.Run(() => _open.Fail(task, reason));
            return false;
        }

        if (!member.Process.TryHand(task, limit))
        {
            // It has just ended, and is about to leave.
            member.Close();
            _waiting.AddBefore([task]);
            return false;
        }

        member.Got();
        _telemetry.Given(task);
        _logger.TaskStarted(task.MessageId, member.Process.Spec.Name, member.Process.Pid);
        return true;
    }

    /// <summary>Tells the broker how much we can take, when that has changed by enough to be worth it.</summary>
    private void Want()
    {
        var ahead = 0;
        foreach (var member in _members)
        {
            ahead += Math.Min(member.Concurrency * _ahead.PerTask, member.MostAhead);
        }

        ahead = Math.Min(ahead, MostAhead);
        if (ahead == 0 || ahead >= 2 * _wantedAhead || ahead <= _wantedAhead / 2)
        {
            _wantedAhead = ahead;
        }

        if (!_isStopping)
        {
            _subscription.Want(_isPaused ? 0 : _ownPlaces + _wantedAhead + Math.Min(_open.Stuck, MostStuck), atOnce: _isPaused);
        }
    }

    private void OnStuckChanged()
    {
        lock (_gate)
        {
            Want();
        }
    }

    private void StartWatching()
    {
        if (!_isWatching && (_waiting.Count > 0 || _ahead.PerTask > 0))
        {
            _isWatching = true;
            _watch.Change(WatchInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Sees whether tasks wait behind one that runs for long, and how much to hold from now on.</summary>
    private void Watch()
    {
        List<WorkerFeed> toRecall = [];
        List<HeldTask> toReturn = [];
        lock (_gate)
        {
            var has = 0;
            var notStarted = 0;
            foreach (var member in _members)
            {
                var load = member.Process.Load;
                has += member.Has;
                notStarted += load.NotStarted;
                if (load.LongestRun > WorkAhead.Longest)
                {
                    _ahead.Runs(load.LongestRun);
                    if (load.NotStarted > 0 && !member.IsRecalling)
                    {
                        member.IsRecalling = true;
                        toRecall.Add(member);
                    }
                }
            }

            Want();
            RefillAll();
            toReturn.AddRange(_waiting.TakeOut(IsStuck).Where(task => !task.TryDrop()));
            if (_isPaused && _subscription.IsIdle)
            {
                // Not before: what is returned would come again.
                toReturn.AddRange(_waiting.TakeAll());
            }

            _isWatching = false;
            if (_waiting.Count > 0 || notStarted > 0 || (has > 0 && _ahead.PerTask > 0))
            {
                _isWatching = true;
                _watch.Change(WatchInterval, Timeout.InfiniteTimeSpan);
            }
        }

        toRecall.ForEach(member => member.Process.Recall());
        _open.Return(toReturn);
    }

    /// <summary>Whether a task has waited for long and would go on doing so, or is not ours any more.</summary>
    private bool IsStuck(HeldTask task, int before) =>
        task.IsLost || (_time.GetElapsedTime(task.Arrived) > LongestWait && _ahead.WaitBehind(before, _ownPlaces) > LongestWait);
}
