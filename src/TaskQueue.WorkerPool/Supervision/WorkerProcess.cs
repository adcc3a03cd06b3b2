using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.OperatingSystem;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>One worker process: its pid, its pipes, its state and the tasks it runs.</summary>
/// <remarks>
/// Life cycle: starting, until <see cref="Ready"/> completes; then it takes tasks through <see cref="TryHand"/>, and tells of their
/// ends; <see cref="Retire"/> lets it finish them and exit; <see cref="Ended"/> completes when the process is gone, however it
/// went, after the end of every task it still had has been told.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The channel is disposed of when the process has ended, which is when nobody needs it any more.")]
internal sealed class WorkerProcess
{
    // What all workers together may have under way to us in large frames; small ones fit the buffer that each has anyway.
    private static readonly FrameBudget LargeFrames = new(256 * 1024 * 1024, TimeProvider.System);

    // While a worker says more than anybody reads, so that others get their part of the processor.
    private static readonly TimeSpan FloodPause = TimeSpan.FromMilliseconds(20);

    // How long the pipes may outlive the process: a plugin's orphaned child can hold them open.
    private static readonly TimeSpan PipesAfterExit = TimeSpan.FromSeconds(1);

    // A process that has more to do is not listened to for each of its results: waking up costs more than what is to be done then.
    private const int FullBatch = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // What timers can wait for has an end; this one is set again until it is time.
    private static readonly TimeSpan LongestWatch = TimeSpan.FromDays(1);

    private readonly Process _process;
    private readonly FrameChannel _channel;
    private readonly FrameGuard _guard;
    private readonly WorkerLog _output;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly OutputTail _tail = new();
    private readonly bool _quiet;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private readonly ProcessTasks _tasks;
    private readonly long _started;
    private long _tasksEnded;
    private readonly ITimer _overdue;
    private long? _overdueAt;
    private bool _retired;
    private bool _stopSent;
    private bool _refused;
    private WorkerExit? _exit;
    private string? _cause;

    private WorkerProcess(WorkerSpec spec, Process process, bool quiet, ILogger logger, TimeProvider time)
    {
        Spec = spec;
        _quiet = quiet;
        _process = process;
        _logger = logger;
        _time = time;
        _output = new WorkerLog(spec.Name, logger, time);
        _guard = new FrameGuard(time);
        _channel = new FrameChannel(
            process.StandardOutput.BaseStream, process.StandardInput.BaseStream, FrameLimits.OfWorker(spec.Configure.MaxResultBytes), LargeFrames);
        _tasks = new ProcessTasks(spec.Options.Concurrency, spec.Options.KillAfter, time);
        _overdue = time.CreateTimer(_ => EndOverdue(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _started = time.GetTimestamp();
        Pid = process.Id;
        Ended = WatchAsync();
    }

    /// <summary>Hears of each task that ends, in the order in which they end. Followed by <see cref="CaughtUp"/>.</summary>
    public Action<HeldTask, TaskEnd>? TaskEnded { get; set; }

    /// <summary>Hears that all ends which are known at the moment have been told.</summary>
    public Action? CaughtUp { get; set; }

    /// <summary>What it was started with.</summary>
    public WorkerSpec Spec { get; }

    /// <summary>Its process id.</summary>
    public int Pid { get; }

    /// <summary>Completes with <see langword="true"/> when it can take tasks, with <see langword="false"/> when it ended before.</summary>
    public Task<bool> Ready => _ready.Task;

    /// <summary>Completes when the process is gone.</summary>
    public Task<WorkerExit> Ended { get; }

    /// <summary>Starts a process and tells it what to load.</summary>
    /// <param name="spec">What to start.</param>
    /// <param name="spawner">Starts it.</param>
    /// <param name="quiet">Whether what it says is of no interest until it is ready: it has said so before.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public static async Task<WorkerProcess> StartAsync(WorkerSpec spec, Spawner spawner, bool quiet, ILogger logger, TimeProvider time)
    {
        var worker = new WorkerProcess(spec, await spawner.StartAsync(spec.Launch), quiet, logger, time);
        await worker.TrySendAsync(spec.Configure);
        return worker;
    }

    /// <summary>How many of its tasks it has not started, and for how long the oldest of the others has been running.</summary>
    public (int NotStarted, TimeSpan LongestRun) Load
    {
        get
        {
            lock (_gate)
            {
                return (_tasks.NotStarted, _tasks.LongestRun);
            }
        }
    }

    /// <summary>Hands it a task, which it starts when one of its <c>concurrency</c> places is free. <see cref="FlushAsync"/> sends it.</summary>
    /// <param name="task">The task.</param>
    /// <param name="limit">How long it may run before it is told to end; it is killed <c>kill_after</c> later.</param>
    /// <returns>Whether it takes it; once it has ended, it does not.</returns>
    public bool TryHand(HeldTask task, TimeSpan? limit)
    {
        lock (_gate)
        {
            if (_exit is not null)
            {
                return false;
            }

            // In here, so that it gets them in the order of their numbers.
            _channel.Post(TaskFrames.Make(task, _tasks.Add(task, limit)));
            WatchTime();
            return true;
        }
    }

    /// <summary>Sends what it was handed. A process that is gone cannot be written to; then its end tells of the end of its tasks.</summary>
    public Task FlushAsync() => TrySendAsync(frame: null);

    /// <summary>Has one of its tasks told to end, and kills the process when it does not.</summary>
    /// <param name="messageId">The task.</param>
    /// <param name="by">Who wants that.</param>
    /// <returns>What this does about it, or <see langword="null"/> when it has no such task. One that it has not started comes back.</returns>
    public CancelReport? TryCancel(string messageId, string by)
    {
        ProcessTasks.Run? run;
        lock (_gate)
        {
            run = _tasks.Find(messageId);
            if (run is null)
            {
                return null;
            }

            if (run is { HasBegun: true, CancelledBy: null })
            {
                _tasks.Cancel(run, by);
                WatchTime();
            }
        }

        _ = TrySendAsync(new CancelFrame(run.Id));
        return new CancelReport(messageId, Found: true) { Running = run.HasBegun, Worker = Spec.Name, Pid = Pid };
    }

    /// <summary>What it is doing at the moment.</summary>
    public WorkerReport Report()
    {
        lock (_gate)
        {
            var state = this switch
            {
                { _retired: true } or { _stopSent: true } => "ending",
                { Ready.IsCompletedSuccessfully: false } => "starting",
                _ => _tasks.Count > 0 ? "busy" : "idle",
            };
            return new WorkerReport(Spec.Name, Spec.WorkerType, state)
            {
                Pid = Pid,
                User = Spec.UserName,
                UptimeMilliseconds = (long)_time.GetElapsedTime(_started).TotalMilliseconds,
                Running = _tasks.Count - _tasks.NotStarted,
                Waiting = _tasks.NotStarted,
                Ended = _tasksEnded,
            };
        }
    }

    /// <summary>The tasks that it has at the moment.</summary>
    public IReadOnlyList<TaskReport> ReportTasks()
    {
        lock (_gate)
        {
            return [.. _tasks.All.Select(run => new TaskReport(run.Task.MessageId, Spec.WorkerType)
            {
                Running = run.HasBegun,
                Worker = Spec.Name,
                Pid = Pid,
                User = Spec.UserName,
                Milliseconds = (long)_time.GetElapsedTime(run.HasBegun ? run.Started : run.Task.Arrived).TotalMilliseconds,
                Attempt = run.Task.Attempt,
                Fraction = run.Progress?.Fraction,
                Message = run.Progress?.Message,
                CancelledBy = run.CancelledBy,
            })];
        }
    }

    /// <summary>Asks for all tasks back that it has not started.</summary>
    public void Recall() => _ = TrySendAsync(new RecallFrame());

    /// <summary>Lets the process finish its tasks and exit.</summary>
    public void Retire()
    {
        bool stops;
        lock (_gate)
        {
            _retired = true;
            stops = TakesStop();
        }

        if (stops)
        {
            _ = TrySendAsync(new StopFrame());
        }
    }

    /// <summary>Ends the process and everything it started, at once.</summary>
    /// <param name="cause">Why, for the log; <see langword="null"/> when the pool itself wants it gone.</param>
    public void Kill(string? cause)
    {
        lock (_gate)
        {
            _stopSent |= cause is null;
            _cause ??= cause;
        }

        try
        {
            // First by their parents, while those live: commands, and whatever else has left the group.
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended by itself in the same moment, or a part of its tree did.
        }

        KillGroup();
    }

    private void EndOverdue()
    {
        List<long> toCancel = [];
        ProcessTasks.Run? overdue;
        lock (_gate)
        {
            _overdueAt = null;
            overdue = _tasks.TakeOverdue(toCancel);
            if (overdue is not null)
            {
                _tasks.Excuse(overdue);
            }

            WatchTime();
        }

        foreach (var taskId in toCancel)
        {
            _ = TrySendAsync(new CancelFrame(taskId));
        }

        if (overdue is not null)
        {
            var why = overdue.CancelledBy is { } by ? $"was cancelled by {by}" : $"had run for its {overdue.Limit?.TotalSeconds} s";
            Kill($"task {overdue.Task.MessageId} {why} and did not end within kill_after, {Spec.Options.KillAfter.TotalSeconds} s");
        }
    }

    // One timer for all of its tasks, left alone as long as it fires in time: most tasks end long before.
    private void WatchTime()
    {
        if (_exit is not null || _tasks.UntilOverdue() is not { } left)
        {
            return;
        }

        var wait = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 0, LongestWatch.TotalMilliseconds));
        var at = _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);
        if (_overdueAt is null || at < _overdueAt)
        {
            _overdueAt = at;
            _overdue.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    // Every worker leads a process group of its own, see LaunchCommand.
    private void KillGroup() => _ = NativeMethods.Send(-Pid, NativeMethods.Kill);

    // Within the lock.
    private bool TakesStop()
    {
        if (!_retired || _stopSent || _tasks.Count > 0)
        {
            return false;
        }

        return _stopSent = true;
    }

    private async Task<WorkerExit> WatchAsync()
    {
        var frames = ReadFramesAsync();
        var errors = ReadErrorsAsync();
        await _process.WaitForExitAsync();

        // What the plugin started must not go on without it.
        KillGroup();

        // What it said last may still be in the pipes: a result, or the reason of its end.
        await Task.WhenAny(Task.WhenAll(frames, errors), Task.Delay(PipesAfterExit, _time));

        WorkerExit exit;
        IReadOnlyList<ProcessTasks.Run> unfinished;
        lock (_gate)
        {
            _exit = exit = new WorkerExit(_process.ExitCode, Asked: _stopSent, _cause, _tail.Lines) { IsRefusal = _refused };
            unfinished = _tasks.Clear();
        }

        _ready.TrySetResult(false);
        foreach (var run in unfinished)
        {
            TaskEnded?.Invoke(run.Task, run.HasBegun
                ? new TaskEnd.Died(exit, OnPurpose: exit.Asked || exit.IsRefusal || run.IsBystander) { TimedOut = run.TimedOut, CancelledBy = run.CancelledBy }
                : TaskEnd.NotStarted.Instance);
        }

        CaughtUp?.Invoke();
        await _overdue.DisposeAsync();
        await _channel.DisposeAsync();
        _process.Dispose();
        return exit;
    }

    private async Task ReadFramesAsync()
    {
        try
        {
            await foreach (var frames in _channel.ReadBatchesAsync(CancellationToken.None))
            {
                try
                {
                    foreach (var frame in frames)
                    {
                        if (_guard.Check(frame) is { } checkedFrame)
                        {
                            OnFrame(checkedFrame);
                        }
                    }
                }
                finally
                {
                    CaughtUp?.Invoke();
                }

                if (_guard.IsFlooded || _output.IsFlooded)
                {
                    await Task.Delay(FloodPause, _time);
                }
                else if (frames.Count < FullBatch && Load.NotStarted > 0)
                {
                    await Task.Delay(Pause, _time);
                }
            }
        }
        catch (Exception e)
        {
            // The edge of the reader. Whatever came out of that pipe was not our worker talking; a process that cannot be talked to is of no use.
            if (!_process.HasExited)
            {
                Kill($"it does not speak the worker protocol: {e.Message}");
            }
        }
    }

    private void OnFrame(Frame frame)
    {
        switch (frame)
        {
            case ResultFrame result:
                OnResult(result);
                break;
            case ProgressFrame progress:
                OnProgress(progress);
                break;
            case LogFrame when _quiet && !_ready.Task.IsCompleted:
                break;
            case LogFrame line:
                _output.Write(line.Level, MessageIdOf(line.TaskId), line.Message);
                break;
            case ReadyFrame ready when ready.Version == Frame.ProtocolVersion:
                OnReady();
                break;
            case ReadyFrame ready:
                lock (_gate)
                {
                    _refused = true;
                }

                Kill($"it speaks version {ready.Version} of the worker protocol, this pool version {Frame.ProtocolVersion}: the installation was replaced, restart the pool");
                break;
            case UnusableFrame unusable:
                lock (_gate)
                {
                    _refused = true;
                    _cause = unusable.Error;
                }

                break;
            default:
                throw new ProtocolException($"a worker does not send a {frame.GetType().Name}");
        }
    }

    private void OnReady()
    {
        lock (_gate)
        {
            foreach (var line in _tail.Lines)
            {
                _output.Write(LogLevel.Information, messageId: null, line);
            }

            _ready.TrySetResult(true);
        }
    }

    private void OnProgress(ProgressFrame progress)
    {
        string? messageId = null;
        lock (_gate)
        {
            if (_tasks.Find(progress.TaskId) is { } run)
            {
                run.Progress = progress;
                messageId = run.Task.MessageId;
            }
        }

        _logger.Progress(Spec.Name, messageId, progress.Fraction, progress.Message);
    }

    private void OnResult(ResultFrame result)
    {
        ProcessTasks.Run? run;
        bool stops;
        lock (_gate)
        {
            run = _tasks.Remove(result.TaskId)
                ?? throw new ProtocolException($"a result came for task {result.TaskId}, which this worker does not run");
            _tasksEnded += result.Outcome == TaskOutcome.NotStarted ? 0 : 1;
            WatchTime();
            stops = TakesStop();
        }

        TaskEnded?.Invoke(
            run.Task,
            result.Outcome == TaskOutcome.NotStarted ? TaskEnd.NotStarted.Instance : new TaskEnd.Reported(result) { TimedOut = run.TimedOut, CancelledBy = run.CancelledBy });
        if (stops)
        {
            _ = TrySendAsync(new StopFrame());
        }
    }

    private async Task ReadErrorsAsync()
    {
        try
        {
            await foreach (var line in BoundedLineReader.ReadLinesAsync(_process.StandardError))
            {
                OnErrorLine(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe is gone with the process.
        }
    }

    // Before the worker speaks, this is the launch command or the runtime. When that fails, its words are part of the one line about the end.
    private void OnErrorLine(string line)
    {
        lock (_gate)
        {
            _tail.Add(line);
            if (!_ready.Task.IsCompleted)
            {
                return;
            }
        }

        _output.Write(LogLevel.Information, OnlyMessageId(), line);
    }

    private async Task TrySendAsync(Frame? frame)
    {
        try
        {
            await (frame is null ? _channel.FlushAsync() : _channel.SendAsync(frame));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process has ended; whoever waits for an answer hears of it through its end.
        }
    }

    private string? MessageIdOf(long taskId)
    {
        lock (_gate)
        {
            return _tasks.Find(taskId)?.Task.MessageId;
        }
    }

    // Lines of native code carry no task; when there is only one, it is that.
    private string? OnlyMessageId()
    {
        lock (_gate)
        {
            return _tasks.Only?.MessageId;
        }
    }
}
