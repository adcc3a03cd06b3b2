using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that a worker process has: those that run, those that it starts next, and whose time is over when.</summary>
/// <remarks>
/// A process starts its tasks in the order in which it got them, and each takes the place of one whose result it has sent (see
/// <see cref="Frame"/>): so what runs is known here. All of it belongs to the <see cref="TypeFeed"/> and is protected by its lock; the members that others may call take it themselves.
/// </remarks>
/// <param name="pipe">The process.</param>
/// <param name="feedLock">The lock of the feed.</param>
/// <param name="refused">Knows the tasks that workers of its section could not do.</param>
/// <param name="telemetry">Counts the tasks.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerTasks(IWorkerPipe pipe, Lock feedLock, RefusedTasks refused, PoolTelemetry telemetry, TimeProvider time)
{
    private const int MostTimesUnread = 2;

    // So many tasks that it cannot do one after the other, or some over the time of a try, and it is not given more of them.
    private const int MostRefusals = 10;

    private readonly int _maxTasks = pipe.Spec.Options.MaxTasks;
    private readonly StartWatch _starts = new(time);
    private readonly TaskCompletionSource _full = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasBeenFed;
    private long _lastNumber;
    private long _heardOf;
    private bool _hasClosed;
    private long _recalled;
    private int _had;
    private int _reserved;
    private long _ended;
    private int _refusals;
    private long _refusedSince;
    private long _successes;

    /// <summary>The process.</summary>
    public IWorkerPipe Pipe => pipe;

    /// <summary>What the process runs.</summary>
    public WorkerSpec Spec => pipe.Spec;

    /// <summary>How many tasks run in it at once.</summary>
    public int Places { get; } = pipe.Spec.Options.Concurrency;

    /// <summary>Whether its tasks are acknowledged before they start.</summary>
    public bool AcknowledgesFirst { get; } = pipe.Spec.Options.Acknowledge == Acknowledge.BeforeStart;

    /// <summary>How many tasks it may have beyond those that run, where the section says so.</summary>
    public int? MostAhead { get; } = pipe.Spec.Options.Acknowledge == Acknowledge.BeforeStart ? 0
        : pipe.Spec.Options.Prefetch is { } prefetch ? Math.Max(0, prefetch - pipe.Spec.Options.Concurrency) : null;

    /// <summary>The tasks that the process has got.</summary>
    public HandedTasks Handed { get; } = new(pipe, feedLock, time);

    /// <summary>How many tasks it has, those included that it gets as soon as they are acknowledged.</summary>
    public int Count => Handed.Count + _reserved;

    /// <summary>How many of them it has not started.</summary>
    public int NotStarted => Handed.NotStarted;

    /// <summary>Those that run.</summary>
    public RunningTasks Running => Handed.Running;

    /// <summary>Whether the feed gives tasks to it.</summary>
    public bool IsFed { get; private set; }

    /// <summary>How many tasks it may get before it has had its <c>max_tasks</c>.</summary>
    public int TasksLeft => _maxTasks == 0 ? int.MaxValue : _maxTasks - _had;

    /// <summary>Whether it may get another.</summary>
    public bool TakesTasks => IsFed && !IsClosing && TasksLeft > 0;

    /// <summary>Whether the process has said that it is about to end.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>Whether it was asked for what it has not started, and has not answered yet.</summary>
    public bool IsRecalling { get; private set; }

    /// <summary>Whether the process is gone.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Completes when it is to get no more tasks: it has had its <c>max_tasks</c>, or is about to end.</summary>
    public Task Full => _full.Task;

    /// <summary>Completes when the feed has let go of it and it has no task any more.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Gets tasks from now on.</summary>
    public void BeFed() => IsFed = _hasBeenFed = true;

    /// <summary>Gets no more tasks.</summary>
    public void LetGo()
    {
        IsFed = false;
        TellIfDrained();
    }

    /// <summary>Keeps a place for a task that is being acknowledged.</summary>
    public void Reserve() => _reserved++;

    /// <summary>Gives that place up, for the task itself or for others.</summary>
    public void Release()
    {
        _reserved--;
        TellIfDrained();
    }

    /// <summary>Hands it a task, which it starts when one of its places is free.</summary>
    /// <param name="task">The task.</param>
    /// <param name="limit">How long it may run.</param>
    /// <param name="begun">Receives the task if that is at once.</param>
    public void Hand(PoolTask task, TimeSpan? limit, List<PoolTask> begun)
    {
        var frame = TaskFrames.Make(task, _lastNumber + 1);
        task.Hand(Spec, pipe.Pid, ++_lastNumber, limit, time.GetTimestamp());
        Handed.Add(task);
        _had++;
        telemetry.Given(Spec);
        if (TasksLeft == 0)
        {
            _full.TrySetResult();
        }

        // In here, so that the process gets them in the order of their numbers.
        pipe.Post(frame);
        Handed.BeginNext(begun);
    }

    /// <summary>The process has said something about its tasks: one has ended, or was given back, or it starts no more of them.</summary>
    /// <param name="frame">What it said.</param>
    /// <param name="todo">Receives what that means.</param>
    /// <exception cref="ProtocolException">It may not say that now.</exception>
    public void Hear(Frame frame, Consequences todo)
    {
        switch (frame)
        {
            case ResultFrame { Outcome: TaskOutcome.NotStarted } unstarted:
                _heardOf = Math.Max(_heardOf, unstarted.TaskId);
                HearUnstarted(Remove(unstarted.TaskId, todo), todo);
                break;
            case ResultFrame result:
                _heardOf = Math.Max(_heardOf, result.TaskId);
                HearResult(Remove(result.TaskId, todo), result, todo);
                break;
            case ClosingFrame closing:
                HearClosing(closing, todo);
                break;
        }
    }

    /// <summary>The process tells how far a task is.</summary>
    /// <returns>The message id of the task, if the process has it.</returns>
    public string? HearProgress(ProgressFrame progress)
    {
        var task = Handed.SetProgress(progress);
        if (task is not null)
        {
            _heardOf = Math.Max(_heardOf, task.Number);
            telemetry.Progressed(task, progress);
        }

        return task?.MessageId;
    }

    /// <summary>Asks for what it has not started.</summary>
    public void Recall()
    {
        IsRecalling = NotStarted > 0;
        _recalled = _lastNumber;
        pipe.Post(new RecallFrame());
    }

    /// <summary>Asks, once for each task, whether it has been started, when it has had its place for long enough. If not, it comes back.</summary>
    /// <returns>Whether there was such a task.</returns>
    public bool AskWhetherStarted()
    {
        var asks = Running.TakeThoseToAskFor();
        if (asks)
        {
            Recall();
        }

        return asks;
    }

    /// <summary>The process is gone.</summary>
    /// <param name="exit">How.</param>
    /// <param name="todo">Receives what becomes of the tasks that it had.</param>
    public void End(WorkerExit exit, Consequences todo)
    {
        HasEnded = true;
        IsFed = false;
        telemetry.Left(Spec, Handed.Count);
        foreach (var task in Handed.InOrder)
        {
            if (task.State == TaskState.Running)
            {
                task.Used = UsedBy(task);
                var isOthersFault = exit.Asked || task.IsBystander;
                todo.End(task, new TaskEnd.Died(exit, isOthersFault) { TimedOut = task.TimedOut, CancelledBy = task.CancelledBy });
            }
            else
            {
                todo.TakeBack(task);
            }
        }

        Handed.Clear();
        _full.TrySetResult();
        TellIfDrained();
    }

    /// <summary>Has one of its tasks told to end.</summary>
    /// <returns>The task, or <see langword="null"/> when the process has no such task.</returns>
    public PoolTask? Cancel(string messageId, string by)
    {
        var task = Handed.Find(messageId);
        if (task is { CancelledBy: null })
        {
            task.Cancel(by, time.GetTimestamp());
            pipe.Post(new CancelFrame(task.Number));
        }

        return task;
    }

    /// <summary>Completes what a process tells of itself.</summary>
    public WorkerReport Complete(WorkerReport report)
    {
        lock (feedLock)
        {
            return report with { State = IsClosing || (_hasBeenFed && !IsFed) ? "ending" : report.State == "idle" && Count > 0 ? "busy" : report.State, Running = Running.Count, Waiting = NotStarted, Ended = _ended };
        }
    }

    /// <summary>The tasks that it has, within the lock.</summary>
    public IEnumerable<TaskReport> Report() =>
        Handed.InOrder.Select(task => TaskReports.OfHanded(task, pipe, task.State == TaskState.Running ? UsedBy(task) : null, time));

    private PoolTask Remove(long number, Consequences todo)
    {
        if (!Handed.TryRemove(number, out var task))
        {
            throw new ProtocolException($"a result came for task {number}, which this worker does not have");
        }

        telemetry.Left(Spec, 1);
        IsRecalling &= NotStarted > 0;
        Handed.BeginNext(todo.Begun);
        TellIfDrained();
        return task;
    }

    private ResourceUsage? UsedBy(PoolTask task) => task.UsedBefore is { } before ? pipe.Usage()?.Since(before) : null;

    private void HearResult(PoolTask task, ResultFrame result, Consequences todo)
    {
        if (task.State != TaskState.Running)
        {
            todo.TakeBack(task);
            throw new ProtocolException($"a result came for task {result.TaskId} before its turn");
        }

        _ended++;
        _starts.HearEnd();
        task.Used = UsedBy(task);
        todo.End(task, new TaskEnd.Reported(result) { TimedOut = task.TimedOut, CancelledBy = task.CancelledBy, StaysAway = Judge(task, result, todo) });
    }

    /// <summary>Judges a task that could not be done for want of something. A process that is of no use, or may be, runs what it has begun to its end, and gets no more.</summary>
    /// <returns>For how long the task is to stay away; <see langword="null"/> where its run counts.</returns>
    private TimeSpan? Judge(PoolTask task, ResultFrame result, Consequences todo)
    {
        if (result.Outcome == TaskOutcome.Success)
        {
            refused.HearSuccess(task);
        }
        else if (result.Outcome is not (TaskOutcome.Unusable or TaskOutcome.NoRoom or TaskOutcome.NotFound))
        {
            return null;
        }
        else if (refused.Judge(task, result.Outcome) is { } delay)
        {
            HearRefusal(result, todo);
            return delay;
        }

        // It has succeeded, or is itself to blame.
        if (pipe.IsInDoubt)
        {
            todo.Proven.Add(this);
        }

        return null;
    }

    private void HearRefusal(ResultFrame result, Consequences todo)
    {
        if (refused.Successes != _successes || _refusals == 0)
        {
            (_successes, _refusals, _refusedSince) = (refused.Successes, 0, time.GetTimestamp());
        }

        _refusals++;
        var closes = result.Outcome == TaskOutcome.Unusable || _refusals >= MostRefusals || time.GetElapsedTime(_refusedSince) >= ConfigurationFaults.RetryInterval;
        if (closes)
        {
            IsClosing = true;
            _full.TrySetResult();
        }

        if (closes || refused.InARow > 1)
        {
            todo.Refused.Add((this, result.Error ?? "it says no reason", closes));
        }
    }

    /// <summary>It starts no more: what it has not read is others'. One whose process says so again and again may well be why.</summary>
    private void HearClosing(ClosingFrame closing, Consequences todo)
    {
        if (_hasClosed || closing.LastTaskId < _heardOf || closing.LastTaskId > _lastNumber)
        {
            throw new ProtocolException($"it says that it closes{(_hasClosed ? " for the second time" : $", and that task {closing.LastTaskId} is the last that it has read, of {_heardOf} that it has told of and {_lastNumber} that it has got")}");
        }

        (_hasClosed, IsClosing) = (true, true);
        _full.TrySetResult();
        var unread = Handed.InOrder.Where(task => task.Number > closing.LastTaskId).ToList();
        if (unread.Find(task => task.State == TaskState.Running && ++task.TimesUnread > MostTimesUnread) is { } suspect)
        {
            throw new ProtocolException($"it says that it has not read task {suspect.MessageId}, as {MostTimesUnread} processes before it did");
        }

        foreach (var task in unread)
        {
            todo.TakeBack(Remove(task.Number, todo));
        }
    }

    private void HearUnstarted(PoolTask task, Consequences todo)
    {
        _had--;
        var isStuck = _starts.HearUnstarted(task);
        todo.TakeBack(task);
        if (task.Number > _recalled && task is { CancelledBy: null, TimedOut: false } && !IsClosing)
        {
            throw new ProtocolException($"task {task.Number} was given back, which nobody had asked for");
        }

        if (isStuck)
        {
            // Or the task would be handed to it once more, and charged with its end.
            IsClosing = true;
            _full.TrySetResult();
            Running.SpareAllBut(culprit: null);
            todo.ToKill.Add((this, $"it did not start task {task.MessageId} for {StartWatch.LatestStart.TotalSeconds} s though it had a place for it; the plugin may have used up the threads of the process"));
        }
    }

    private void TellIfDrained()
    {
        if (!IsFed && Count == 0)
        {
            _drained.TrySetResult();
        }
    }
}
