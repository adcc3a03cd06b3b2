using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.OperatingSystem;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>One worker process and its pipes. Which tasks it has is for its <see cref="WorkerTasks"/> to know.</summary>
/// <remarks>
/// Life cycle: starting, until <see cref="Ready"/> completes; then its <see cref="TypeFeed"/> posts tasks and hears of their ends;
/// <see cref="Stop"/> lets it exit; <see cref="Ended"/> completes when the process is gone, however it went, after the feed has heard of that.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The channel is disposed of when the process has ended, which is when nobody needs it any more.")]
internal sealed class WorkerProcess : IWorkerPipe
{
    // What all workers together may have under way to us in large frames; small ones fit the buffer that each has anyway.
    private static readonly FrameBudget LargeFrames = new(256 * 1024 * 1024, TimeProvider.System);

    // While a worker says more than anybody reads, so that others get their part of the processor.
    private static readonly TimeSpan FloodPause = TimeSpan.FromMilliseconds(20);

    // How long the pipes may outlive the process: a plugin's orphaned child can hold them open.
    private static readonly TimeSpan PipesAfterExit = TimeSpan.FromSeconds(1);

    // A process that has more to do is not listened to for each of its results, nor told of each task: waking up costs more than what is to be done then.
    private const int FullBatch = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly Process _process;
    private readonly FrameChannel _channel;
    private readonly FrameGuard _guard;
    private readonly WorkerLog _output;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly OutputTail _tail = new();
    private readonly bool _quiet;
    private readonly TypeFeed _feed;
    private readonly long _started;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The reader's own: what it has read of the frames that are for the feed.
    private readonly List<Frame> _forFeed = [];

    // While the reader pauses: then it sends what was posted meanwhile, which is as good as at once to a process that has more to do.
    private volatile bool _isPausing;

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private bool _asked;
    private bool _refused;
    private bool _isKilledForTask;
    private string? _cause;

    private WorkerProcess(WorkerSpec spec, Process process, TypeFeed feed, bool quiet, ILogger logger, TimeProvider time)
    {
        Spec = spec;
        _quiet = quiet;
        _feed = feed;
        _process = process;
        _logger = logger;
        _time = time;
        _output = new WorkerLog(spec.Name, logger, time);
        _guard = new FrameGuard(time);
        _channel = new FrameChannel(
            process.StandardOutput.BaseStream, process.StandardInput.BaseStream, FrameLimits.OfWorker(spec.Configure.MaxResultBytes), LargeFrames);
        _started = time.GetTimestamp();
        Pid = process.Id;
        Tasks = feed.Attach(this);
        Ended = WatchAsync();
    }

    /// <summary>What it was started with.</summary>
    public WorkerSpec Spec { get; }

    /// <summary>Its process id.</summary>
    public int Pid { get; }

    /// <summary>The tasks that it has.</summary>
    public WorkerTasks Tasks { get; }

    /// <summary>Completes with <see langword="true"/> when it can take tasks, with <see langword="false"/> when it ended before.</summary>
    public Task<bool> Ready => _ready.Task;

    /// <summary>Completes when the process is gone.</summary>
    public Task<WorkerExit> Ended { get; }

    /// <summary>Starts a process and tells it what to load.</summary>
    /// <param name="spec">What to start.</param>
    /// <param name="spawner">Starts it.</param>
    /// <param name="feed">Gives it tasks, once it is ready.</param>
    /// <param name="quiet">Whether what it says is of no interest until it is ready: it has said so before.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public static async Task<WorkerProcess> StartAsync(WorkerSpec spec, Spawner spawner, TypeFeed feed, bool quiet, ILogger logger, TimeProvider time)
    {
        var worker = new WorkerProcess(spec, await spawner.StartAsync(spec.Launch), feed, quiet, logger, time);
        worker.Post(spec.Configure);
        await worker.FlushAsync();
        return worker;
    }

    /// <inheritdoc/>
    public void Post(Frame frame) => _channel.Post(frame);

    /// <inheritdoc/>
    public Task FlushAsync() => _isPausing ? Task.CompletedTask : SendPostedAsync();

    private async Task SendPostedAsync()
    {
        try
        {
            await _channel.FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process has ended; whoever waits for an answer hears of it through its end.
        }
    }

    /// <summary>What it is doing at the moment.</summary>
    public WorkerReport Report()
    {
        string state;
        lock (_gate)
        {
            state = _asked ? "ending" : _ready.Task.IsCompletedSuccessfully ? "idle" : "starting";
        }

        return Tasks.Complete(new WorkerReport(Spec.Name, Spec.WorkerType, state)
        {
            Pid = Pid,
            User = Spec.UserName,
            UptimeMilliseconds = (long)_time.GetElapsedTime(_started).TotalMilliseconds,
        });
    }

    /// <summary>Lets the process exit. It has no tasks.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            // One that ends of its own accord, and has said so, is not asked.
            _asked |= !Tasks.IsClosing;
        }

        Post(new StopFrame());
        _ = FlushAsync();
    }

    /// <inheritdoc/>
    public void KillForTask(string cause)
    {
        lock (_gate)
        {
            _isKilledForTask |= _cause is null;
        }

        Kill(cause);
    }

    /// <summary>Ends the process and everything it started, at once.</summary>
    /// <param name="cause">Why, for the log; <see langword="null"/> when the pool itself wants it gone.</param>
    public void Kill(string? cause)
    {
        lock (_gate)
        {
            _asked |= cause is null;
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

    // Every worker leads a process group of its own, see LaunchCommand.
    private void KillGroup() => _ = NativeMethods.Send(-Pid, NativeMethods.Kill);

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
        lock (_gate)
        {
            exit = new WorkerExit(_process.ExitCode, _asked, _cause, _tail.Lines) { IsRefusal = _refused, IsForTask = _isKilledForTask };
        }

        _ready.TrySetResult(false);
        _feed.OnEnded(Tasks, exit);
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
                            Receive(checkedFrame);
                        }
                    }
                }
                finally
                {
                    TellFeed();
                }

                if (_guard.IsFlooded || _output.IsFlooded)
                {
                    await Task.Delay(FloodPause, _time);
                }
                else if (frames.Count < FullBatch && Tasks.NotStarted > 0)
                {
                    _isPausing = true;
                    await Task.Delay(Pause, _time);
                    _isPausing = false;
                    _ = SendPostedAsync();
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

    private void Receive(Frame frame)
    {
        switch (frame)
        {
            case ResultFrame or ClosingFrame:
                _forFeed.Add(frame);
                break;
            case ProgressFrame progress:
                _logger.Progress(Spec.Name, Tasks.SetProgress(progress), progress.Fraction, progress.Message);
                break;
            case LogFrame when _quiet && !_ready.Task.IsCompleted:
                break;
            case LogFrame line:
                _output.Write(line.Level, Tasks.MessageIdOf(line.TaskId), line.Message);
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

    private void TellFeed()
    {
        if (_forFeed.Count > 0)
        {
            try
            {
                _feed.OnFrames(Tasks, _forFeed);
            }
            finally
            {
                _forFeed.Clear();
            }
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

        _output.Write(LogLevel.Information, Tasks.OnlyMessageId(), line);
    }
}
