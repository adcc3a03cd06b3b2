using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.WorkerPool.OperatingSystem;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>One worker process: its pid, its pipes, its state and the tasks it runs.</summary>
/// <remarks>
/// Life cycle: starting, until <see cref="Ready"/> completes; then it takes tasks through <see cref="RunAsync"/>;
/// <see cref="Retire"/> lets it finish them and exit; <see cref="Ended"/> completes when the process is gone, however it
/// went, after every task it still had has been told.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The channel is disposed of when the process has ended, which is when nobody needs it any more.")]
internal sealed class WorkerProcess
{
    // How long the pipes may outlive the process: a plugin's orphaned child can hold them open.
    private static readonly TimeSpan PipesAfterExit = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly FrameChannel _channel;
    private readonly WorkerLog _output;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly OutputTail _tail = new();
    private readonly bool _quiet;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, ActiveTask> _tasks = [];
    private long _lastTaskId;
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
        _channel = new FrameChannel(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        Pid = process.Id;
        Ended = WatchAsync();
    }

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

    /// <summary>Runs a task. The caller sees to it that there are never more than the worker's <c>concurrency</c>.</summary>
    /// <param name="messageId">The message's id, for the log.</param>
    /// <param name="limit">How long it may run before it is told to end; it is killed <c>kill_after</c> later.</param>
    /// <param name="makeFrame">Makes the frame for the number that the task gets.</param>
    /// <returns>How it ended.</returns>
    public async Task<TaskEnd> RunAsync(string messageId, TimeSpan? limit, Func<long, TaskFrame> makeFrame)
    {
        var active = new ActiveTask(messageId);
        long taskId;
        lock (_gate)
        {
            if (_exit is not null)
            {
                return new TaskEnd.Died(_exit, OnPurpose: true);
            }

            taskId = ++_lastTaskId;
            _tasks.Add(taskId, active);
        }

        // A worker that is gone cannot be written to; then its end completes the task.
        await TrySendAsync(makeFrame(taskId));
        if (limit is { } time && !await EndsWithinAsync(active, time))
        {
            active.TimedOut = true;
            await TrySendAsync(new CancelFrame(taskId));
            if (!await EndsWithinAsync(active, Spec.Options.KillAfter))
            {
                KillFor(active, time);
            }
        }

        return await active.Task with { TimedOut = active.TimedOut };
    }

    /// <summary>Lets the process finish its tasks and exit.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _retired = true;
        }

        _ = StopWhenIdleAsync();
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

    private async Task<bool> EndsWithinAsync(ActiveTask task, TimeSpan limit)
    {
        using var ended = new CancellationTokenSource();
        var inTime = await Task.WhenAny(task.Task, Task.Delay(limit, _time, ended.Token)) == task.Task;
        await ended.CancelAsync();
        return inTime;
    }

    /// <summary>Kills the process because of one of its tasks; the others are not to blame.</summary>
    private void KillFor(ActiveTask overdue, TimeSpan limit)
    {
        lock (_gate)
        {
            foreach (var other in _tasks.Values.Where(task => task != overdue))
            {
                other.IsBystander = true;
            }
        }

        Kill($"task {overdue.MessageId} had run for its {limit.TotalSeconds} s and did not end within kill_after, {Spec.Options.KillAfter.TotalSeconds} s");
    }

    // Every worker leads a process group of its own, see LaunchCommand.
    private void KillGroup() => _ = NativeMethods.Send(-Pid, NativeMethods.Kill);

    private async Task StopWhenIdleAsync()
    {
        lock (_gate)
        {
            if (!_retired || _stopSent || _tasks.Count > 0)
            {
                return;
            }

            _stopSent = true;
        }

        await TrySendAsync(new StopFrame());
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
        ActiveTask[] unfinished;
        lock (_gate)
        {
            _exit = exit = new WorkerExit(_process.ExitCode, Asked: _stopSent, _cause, _tail.Lines) { IsRefusal = _refused };
            unfinished = [.. _tasks.Values];
            _tasks.Clear();
        }

        _ready.TrySetResult(false);
        foreach (var task in unfinished)
        {
            task.TrySetResult(new TaskEnd.Died(exit, OnPurpose: exit.Asked || exit.IsRefusal || task.IsBystander));
        }

        await _channel.DisposeAsync();
        _process.Dispose();
        return exit;
    }

    private async Task ReadFramesAsync()
    {
        try
        {
            await foreach (var frame in _channel.ReadAllAsync(CancellationToken.None))
            {
                OnFrame(frame);
            }
        }
        catch (Exception e) when (e is ProtocolException or IOException or ObjectDisposedException)
        {
            // Whatever came out of that pipe was not our worker talking; a process that cannot be talked to is of no use.
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
                _logger.Progress(Spec.Name, MessageIdOf(progress.TaskId), progress.Fraction, progress.Message);
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

    private void OnResult(ResultFrame result)
    {
        ActiveTask? task;
        lock (_gate)
        {
            if (!_tasks.Remove(result.TaskId, out task))
            {
                throw new ProtocolException($"a result came for task {result.TaskId}, which this worker does not run");
            }
        }

        task.TrySetResult(new TaskEnd.Reported(result));
        _ = StopWhenIdleAsync();
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

    private async Task<bool> TrySendAsync(Frame frame)
    {
        try
        {
            await _channel.SendAsync(frame, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process has ended; whoever waits for an answer hears of it through its end.
            return false;
        }
    }

    private string? MessageIdOf(long taskId)
    {
        lock (_gate)
        {
            return _tasks.GetValueOrDefault(taskId)?.MessageId;
        }
    }

    // Lines of native code carry no task; when there is only one, it is that.
    private string? OnlyMessageId()
    {
        lock (_gate)
        {
            return _tasks.Count == 1 ? _tasks.Values.First().MessageId : null;
        }
    }

    private sealed class ActiveTask(string messageId)
        : TaskCompletionSource<TaskEnd>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string MessageId { get; } = messageId;

        public bool TimedOut { get; set; }

        public bool IsBystander { get; set; }
    }
}
