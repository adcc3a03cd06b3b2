using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Connects the queue of a worker type with the processes that run its tasks: has each task handed to a process that can start it soon, and settled.</summary>
/// <remarks>
/// Whatever happens - a delivery, results, a process that joins or ends, an order, time that passes - takes the same way: within the one lock
/// <see cref="TypeTasks"/> changes the states of tasks and hands them to processes as <see cref="Assignment"/> says; then, outside of it,
/// <see cref="CarryOut"/> does what that means for others.
/// </remarks>
internal sealed class TypeFeed : IAsyncDisposable, IFeedOrders
{
    // A look that fails would fail again at once.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    // What timers can wait for has an end; then there is another look.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    // So many tasks that cannot be settled hold up no others of their type; when there are more, it is better to take none.
    private const int MostStuck = 100;

    private readonly OpenTasks _open;
    private readonly PoolTelemetry _telemetry;
    private readonly ILogger _logger;
    private readonly FeedSubscription _subscription;
    private readonly ITimer _timer;

    // Protects the tasks below it.
    private readonly Lock _gate = new();
    private readonly TypeTasks _tasks;

    // For whoever comes next.
    private Consequences? _spare;

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
        (_open, _telemetry, _logger) = (open, telemetry, logger);
        _tasks = new TypeTasks(_gate, open.StartConditions, this, telemetry, time);
        _timer = time.CreateTimer(_ => OnTime(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _subscription = new FeedSubscription(broker, queue, unreadable.Before(OnDeliveryAsync), ledger, mayTake, time, logger);
        open.OnStuckChanged(() => Change(_ => _tasks.Take()));
    }

    /// <summary>Whether somebody has paused it.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_gate)
            {
                return _tasks.IsPaused;
            }
        }
    }

    /// <summary>How many tasks wait for a process.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
            {
                return _tasks.WaitingCount;
            }
        }
    }

    /// <summary>When the oldest of the tasks that wait here, or in a process, was published: seconds since 1970, as its publisher says.</summary>
    public long? OldestPublished
    {
        get
        {
            lock (_gate)
            {
                return _tasks.OldestPublished;
            }
        }
    }

    bool IFeedOrders.TakesNothing => _subscription.IsIdle;

    int IFeedOrders.Stuck => _open.Stuck;

    /// <summary>Knows a process from now on, and what becomes of its tasks.</summary>
    public WorkerTasks Attach(IWorkerPipe process)
    {
        lock (_gate)
        {
            return _tasks.Attach(process);
        }
    }

    /// <summary>Gives tasks to a process that is ready, until it ends, is to retire, or has had its <c>max_tasks</c>.</summary>
    /// <param name="worker">Its tasks.</param>
    /// <param name="retire">Asks for that.</param>
    /// <returns>A task that completes when the process has no task any more.</returns>
    public async Task FeedAsync(WorkerTasks worker, CancellationToken retire)
    {
        Change(todo => _tasks.Join(worker, todo));
        await worker.Full.WaitAsync(retire).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Change(todo => _tasks.Leave(worker, todo));
        await worker.Drained;
    }

    /// <summary>Takes no tasks until <see cref="Resume"/>, and returns what no process has started, as soon as no more come.</summary>
    public void Pause() => Change(_tasks.Pause);

    /// <summary>Takes tasks again.</summary>
    public void Resume() => Change(_tasks.Resume);

    /// <summary>Has a task told to end; one that no process has started is not started.</summary>
    /// <returns>What is done about it, or <see langword="null"/> when there is no such task here.</returns>
    public CancelReport? TryCancel(string messageId, string by)
    {
        CancelReport? report = null;
        Change(todo => report = _tasks.Cancel(messageId, by, todo));
        return report ?? (_open.TryCancelStuck(messageId, by) ? new CancelReport(messageId, Found: true) : null);
    }

    /// <summary>The ids of all that <see cref="TryCancel"/> finds.</summary>
    public IEnumerable<string> MessageIds => Report().Select(task => task.Id);

    /// <summary>The tasks that it has, those included that have run and cannot be settled for now.</summary>
    public IReadOnlyList<TaskReport> Report()
    {
        lock (_gate)
        {
            return [.. _tasks.Report(), .. _open.StuckTasks.Select(TaskReports.OfStuck)];
        }
    }

    /// <summary>Takes no more tasks, and returns those that wait.</summary>
    public async Task StopTakingAsync()
    {
        Change(_tasks.Stop);
        await _tasks.AllAcknowledged;
        await _subscription.StopTakingAsync();
        _open.LeaveQueue();
    }

    /// <summary>Waits until everything that was taken is settled, and ends the subscription.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopTakingAsync();
        await _open.AllSettledAsync();
        await _timer.DisposeAsync();
        await _subscription.DisposeAsync();
    }

    /// <summary>A process has sent results, or says that it closes.</summary>
    /// <exception cref="ProtocolException">A frame is none that the process may send now. Those before it count.</exception>
    public void OnFrames(WorkerTasks worker, IReadOnlyList<Frame> frames)
    {
        var todo = TakeSpare();
        try
        {
            lock (_gate)
            {
                if (!worker.HasEnded)
                {
                    _tasks.Hear(worker, frames, todo);
                }
            }
        }
        finally
        {
            CarryOut(todo);
        }
    }

    /// <summary>A process is gone, and with it the tasks that it ran.</summary>
    public void OnEnded(WorkerTasks worker, WorkerExit exit) => Change(todo => _tasks.End(worker, exit, todo));

    void IFeedOrders.LookIn(TimeSpan delay) => _timer.Change(delay < LongestWait ? delay > TimeSpan.Zero ? delay : TimeSpan.Zero : LongestWait, Timeout.InfiniteTimeSpan);

    void IFeedOrders.Take(int prefetch, bool atOnce) => _subscription.SetPrefetch(prefetch, atOnce);

    private ValueTask OnDeliveryAsync(Delivery delivery)
    {
        if (_open.Take(delivery, _tasks.Latest!) is { } task)
        {
            var todo = TakeSpare();
            lock (_gate)
            {
                _tasks.Arrive(task, todo);
            }

            CarryOut(todo);
        }

        return ValueTask.CompletedTask;
    }

    private void OnTime()
    {
        try
        {
            Change(_tasks.Look);
        }
        catch (Exception e)
        {
            // The edge of the timer: an error of ours in this must not end the pool, nor the looks.
            _logger.LookFailed(e);
            _timer.Change(AfterFailure, Timeout.InfiniteTimeSpan);
        }
    }

    private void Change(Action<Consequences> change)
    {
        var todo = TakeSpare();
        try
        {
            lock (_gate)
            {
                change(todo);
            }
        }
        finally
        {
            CarryOut(todo);
        }
    }

    /// <summary>Does what was decided.</summary>
    private void CarryOut(Consequences todo)
    {
        foreach (var task in todo.Begun)
        {
            _telemetry.Begun(task);
            _logger.TaskStarted(task.MessageId, task.Worker.Name, task.Pid);
        }

        // Before the settling: while results are published, their process is busy with the next tasks.
        foreach (var worker in todo.ToFlush)
        {
            _ = worker.Pipe.FlushAsync();
        }

        if (todo.ToAcknowledge.Count > 0)
        {
            _ = AcknowledgeFirstAsync([.. todo.ToAcknowledge]);
        }

        foreach (var (worker, cause) in todo.ToKill)
        {
            worker.Pipe.KillForTask(cause);
        }

        foreach (var (worker, cause, closes) in todo.Refused)
        {
            worker.Pipe.Refuse(cause, closes);
        }

        foreach (var worker in todo.Proven)
        {
            worker.Pipe.Prove();
        }

        foreach (var (task, end) in todo.Ended)
        {
            _telemetry.Ran(task, end);
            _open.Settle(task, end);
        }

        foreach (var (task, reason) in todo.ToFail)
        {
            _open.Fail(task, reason);
        }

        foreach (var (task, delay) in todo.ToReturn)
        {
            _open.Return(task, delay);
        }

        todo.Clear();
        Volatile.Write(ref _spare, todo);
    }

    private async Task AcknowledgeFirstAsync(IReadOnlyList<(PoolTask Task, WorkerTasks Worker)> tasks)
    {
        foreach (var (task, _) in tasks)
        {
            task.AcknowledgeFirst();
        }

        await _subscription.ConfirmSettledAsync();
        Change(todo =>
        {
            foreach (var (task, worker) in tasks)
            {
                _tasks.StartAcknowledged(task, worker, todo);
            }
        });
    }

    private Consequences TakeSpare() => Interlocked.Exchange(ref _spare, null) ?? new Consequences();
}
