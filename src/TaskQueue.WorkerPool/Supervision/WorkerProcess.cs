using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Cgroups;
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
[SuppressMessage("Design", "CA1001", Justification = "The conversation is disposed of when the process has ended, which is when nobody needs it any more.")]
internal sealed class WorkerProcess : IWorkerPipe
{
    // How long the pipes may outlive the process: a plugin's orphaned child can hold them open. The pipe of frames only where it is a bare fork of the
    // worker; and on a busy host it takes its time to read what is in there, which says which tasks are done.
    private static readonly TimeSpan FramesAfterExit = TimeSpan.FromSeconds(20), ErrorsAfterExit = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly WorkerCgroup? _group;
    private readonly WorkerConversation _conversation;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TypeFeed _feed;
    private readonly ConfigurationFaults _faults;
    private readonly long _started;
    private readonly TaskCompletionSource<string> _refusal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private bool _asked;
    private bool _refused;
    private bool _isKilledForTask;
    private string? _cause;

    private WorkerProcess(WorkerSpec spec, Process process, WorkerCgroup? group, TypeFeed feed, ConfigurationFaults faults, bool quiet, ILogger logger, TimeProvider time)
    {
        Spec = spec;
        (_feed, _faults) = (feed, faults);
        _process = process;
        _group = group;
        _logger = logger;
        _time = time;
        _conversation = new WorkerConversation(spec, process, quiet, logger, time);
        _started = time.GetTimestamp();
        Pid = process.Id;
        Tasks = feed.Attach(this);
        Ended = WatchAsync();
        Cleared = group is null ? Ended : ClearAsync(group);
    }

    /// <summary>What it was started with.</summary>
    public WorkerSpec Spec { get; }

    /// <summary>Its process id.</summary>
    public int Pid { get; }

    /// <summary>The tasks that it has.</summary>
    public WorkerTasks Tasks { get; }

    /// <summary>Completes with <see langword="true"/> when it can take tasks, with <see langword="false"/> when it ended before.</summary>
    public Task<bool> Ready => _conversation.Ready;

    /// <summary>Completes when the process is gone.</summary>
    public Task<WorkerExit> Ended { get; }

    /// <summary>Completes when its control group is gone as well, with all that it has left.</summary>
    public Task Cleared { get; }

    /// <summary>Starts a process and tells it what to load.</summary>
    /// <param name="spec">What to start.</param>
    /// <param name="spawner">Starts it.</param>
    /// <param name="feed">Gives it tasks, once it is ready.</param>
    /// <param name="faults">Hears of what it cannot do.</param>
    /// <param name="quiet">Whether what it says is of no interest until it is ready: it has said so before.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public static async Task<WorkerProcess> StartAsync(
        WorkerSpec spec, Spawner spawner, TypeFeed feed, ConfigurationFaults faults, bool quiet, ILogger logger, TimeProvider time)
    {
        var (process, group) = await spawner.StartAsync(spec);
        var worker = new WorkerProcess(spec, process, group, feed, faults, quiet, logger, time);
        worker.Post(spec.Configure);
        await worker.FlushAsync();
        return worker;
    }

    /// <inheritdoc/>
    public void Post(Frame frame) => _conversation.Post(frame);

    /// <inheritdoc/>
    public Task FlushAsync() => _conversation.FlushAsync();

    /// <inheritdoc/>
    public ResourceUsage? Usage() => !Spec.Options.ReportUsage ? null : _group is null ? ResourceUsage.OfProcess(Pid) : _group.Usage();

    /// <summary>What it is doing at the moment.</summary>
    public WorkerReport Report()
    {
        string state;
        lock (_gate)
        {
            state = _asked ? "ending" : Ready.IsCompletedSuccessfully ? "idle" : "starting";
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

    /// <summary>Completes, with the cause, when it is to get no more tasks since it cannot do them.</summary>
    public Task<string> Refused => _refusal.Task;

    /// <inheritdoc/>
    public void Refuse(string cause, bool closes)
    {
        _faults.Add(Spec, $"cannot do its tasks: {cause}", cause, isShownByTask: true);
        if (closes)
        {
            Refuse(cause);
            _refusal.TrySetResult(cause);
        }
    }

    /// <inheritdoc/>
    public bool IsInDoubt => _faults.AreShown;

    /// <inheritdoc/>
    public void Prove() => _faults.Prove(Spec.Section);

    /// <summary>It has said that it cannot be used.</summary>
    /// <param name="cause">Why, in its words.</param>
    public void Refuse(string? cause)
    {
        lock (_gate)
        {
            _refused = true;
            _cause = cause ?? _cause;
        }
    }

    /// <summary>Completes what it says of the end of a task by what the kernel knows.</summary>
    /// <remarks>A command's own word for it is that it was ended by a signal, if anything.</remarks>
    public ResultFrame Explain(ResultFrame result) =>
        _group?.TakeOutOfMemory() is { } shortage && result.Outcome is not (TaskOutcome.Success or TaskOutcome.NotStarted)
            ? result with { Outcome = TaskOutcome.Crash, Error = $"{shortage}; {result.Error}" }
            : result;

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
        _group?.Kill();
    }

    // Every worker leads a process group of its own, see LaunchCommand.
    private void KillGroup() => _ = NativeMethods.Send(-Pid, NativeMethods.Kill);

    private async Task<WorkerExit> WatchAsync()
    {
        var frames = _conversation.HearAsync(this, _feed);
        var errors = _conversation.HearErrorsAsync(Tasks);
        await _process.WaitForExitAsync();

        // What the plugin started must not go on without it.
        KillGroup();

        // What it said last may still be in the pipes: a result, or the reason of its end.
        await Task.WhenAny(frames, Task.Delay(FramesAfterExit, _time));
        await Task.WhenAny(errors, Task.Delay(ErrorsAfterExit, _time));

        WorkerExit exit;
        lock (_gate)
        {
            _cause ??= _group?.TakeOutOfMemory();
            exit = new WorkerExit(_process.ExitCode, _asked, _cause, _conversation.LastErrors) { IsRefusal = _refused, IsForTask = _isKilledForTask };
        }

        _conversation.End();
        _feed.OnEnded(Tasks, exit);
        await _conversation.DisposeAsync();
        _process.Dispose();
        return exit;
    }

    private async Task ClearAsync(WorkerCgroup group)
    {
        await Ended;
        if (!await group.RemoveAsync(_time))
        {
            _logger.CgroupStays(Spec.Name);
        }
    }
}
