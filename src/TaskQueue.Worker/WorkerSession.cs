using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using TaskQueue.Worker.Commands;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Output;
using TaskQueue.Worker.Starting;
using TaskQueue.Worker.Tasks;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker;

/// <summary>The worker's side of the conversation with its pool, from the first frame to the end of the process.</summary>
/// <param name="fromPool">What the pool says.</param>
/// <param name="frames">What we say.</param>
/// <param name="output">Where lines go that belong to no task.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerSession(FrameChannel fromPool, FrameOutput frames, TaskOutput output, TimeProvider time) : IAsyncDisposable
{
    // What a task gets to react to its cancellation when nobody is left to report to.
    private static readonly TimeSpan OrphanGrace = TimeSpan.FromSeconds(0.5);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _poolGone = new();
    private readonly TaskCompletionSource<ITaskHandler> _handler = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskSlots? _tasks;
    private int _stopAsked;

    /// <summary>Talks with the pool until the process ends. Blocks its thread, see <see cref="BlockingInput"/>.</summary>
    /// <returns>The exit code, where the conversation never began.</returns>
    public async Task<int> RunAsync()
    {
        // systemd and terminals signal the whole group: what runs must not die of that while the pool waits for it.
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStopSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStopSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        try
        {
            await foreach (var frame in fromPool.ReadAllAsync(CancellationToken.None))
            {
                OnFrame(frame);
            }
        }
        catch (ProtocolException e) when (_tasks is not null)
        {
            ProcessEnd.WithLastWords($"The pool does not speak the worker protocol: {e.Message}", WorkerExitCodes.Software);
        }
        catch (ProtocolException)
        {
            // Answered below: whoever talks to us is no pool.
        }

        if (_tasks is null)
        {
            ProcessEnd.WithLastWords(WorkerArguments.NotForHands, WorkerExitCodes.Usage);
        }

        await EndAsOrphanAsync(_tasks);
        return WorkerExitCodes.Software;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_tasks is not null)
        {
            await _tasks.DisposeAsync();
        }

        _stop.Dispose();
        _poolGone.Dispose();
    }

    private void OnFrame(Frame frame)
    {
        switch (frame)
        {
            case TaskFrame task when _tasks is not null:
                _tasks.Start(task);
                break;
            case CancelFrame cancel when _tasks is not null:
                _tasks.Cancel(cancel.TaskId);
                break;
            case RecallFrame when _tasks is not null:
                _tasks.Recall();
                break;
            case StopFrame when _tasks is not null:
                Stop();
                break;
            case ConfigureFrame configure when _tasks is null:
                _tasks = new TaskSlots(_handler.Task, configure.Concurrency, configure.IdleTimeout, configure.MaxResultBytes, frames, output, time);
                _ = Task.Run(() => StartAsync(configure, _tasks));
                break;
            default:
                throw new ProtocolException($"a {frame.GetType().Name} came where none was expected");
        }
    }

    private async Task StartAsync(ConfigureFrame configure, TaskSlots tasks)
    {
        try
        {
            if (configure.Version != Frame.ProtocolVersion)
            {
                throw new UnusableException(
                    $"the pool speaks version {configure.Version} of the worker protocol, taskqueue-worker version {Frame.ProtocolVersion}: the installation was replaced, restart the pool");
            }

            var handler = await StartHandlerAsync(configure);
            tasks.Open();
            frames.Send(new ReadyFrame());
            _handler.SetResult(handler);
        }
        catch (UnusableException) when (_stop.IsCancellationRequested)
        {
            // Stopped before it was ready, and its start callback may have ended for that reason.
            ProcessEnd.Orderly(WorkerExitCodes.Ok);
        }
        catch (UnusableException e)
        {
            Refuse(e.Message, WorkerExitCodes.Config);
        }
        catch (Exception e)
        {
            // The edge of this loop: an error of ours must reach the pool as a reason, not as silence.
            Refuse($"taskqueue-worker failed to start: {Failure.Describe(e)}", WorkerExitCodes.Software);
        }
    }

    private async Task<ITaskHandler> StartHandlerAsync(ConfigureFrame configure) => configure switch
    {
        { Command: { } command } => CommandHandler.Start(command, configure, output, time),
        { Plugin: { } plugin } => await new PluginStart(plugin, configure, output).RunAsync(_stop.Token),
        _ => throw new UnusableException("the pool named neither a plugin nor a command"),
    };

    private void Refuse(string error, int exitCode)
    {
        output.Flush();
        frames.Send(new UnusableFrame(Text.Bound(error, UnusableFrame.MaxErrorLength)));
        ProcessEnd.Orderly(exitCode);
    }

    private void OnStopSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Stop();
    }

    private void Stop()
    {
        _tasks?.Close();
        if (Interlocked.Exchange(ref _stopAsked, 1) == 0)
        {
            _ = Task.Run(StopAsync);
        }
    }

    private async Task StopAsync()
    {
        await Cancellation.FireAsync(_stop, output);
        if (_tasks is not null)
        {
            await _tasks.DrainAsync();
            var handler = await _handler.Task;
            try
            {
                await handler.OnStopAsync(_poolGone.Token);
            }
            catch (Exception e)
            {
                // The edge of the plugin: the process ends one way or the other.
                output.Write(LogLevel.Error, $"The stop callback failed: {Failure.Describe(e)}");
            }
        }

        output.Flush();
        ProcessEnd.Orderly(WorkerExitCodes.Ok);
    }

    // The pool died. It could not take a result, and its broker has given our tasks to others already.
    private async Task EndAsOrphanAsync(TaskSlots tasks)
    {
        ProcessEnd.AtOnceAfter(OrphanGrace, WorkerExitCodes.Software);
        await Cancellation.FireAsync(_poolGone, output);
        tasks.Close(isPoolGone: true);
        tasks.CancelAll();
        await tasks.DrainAsync();
        ProcessEnd.AtOnce(WorkerExitCodes.Software);
    }
}
