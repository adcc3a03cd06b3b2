using Microsoft.Extensions.Logging;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Output;
using TaskQueue.Worker.Starting;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>The tasks that run, and the idle callback while none does.</summary>
/// <param name="handler">Completes when the plugin or command is ready.</param>
/// <param name="idleTimeout">How long without a task is idle; zero for never.</param>
/// <param name="frames">The way to the pool.</param>
/// <param name="output">Where lines go that belong to no task.</param>
/// <param name="time">The clock.</param>
internal sealed class TaskTable(
    Task<ITaskHandler> handler, TimeSpan idleTimeout, FrameOutput frames, TaskOutput output, TimeProvider time) : IAsyncDisposable
{
    // For what the plugin queues besides its handlers, and for us.
    private const int SpareThreads = 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskRun> _running = [];
    private Task _idle = Task.CompletedTask;
    private ITimer? _idleTimer;
    private int _mostRunning;
    private bool _isStopping;

    /// <summary>Begins to watch for idleness; called when the plugin is ready.</summary>
    public void Open()
    {
        lock (_gate)
        {
            if (idleTimeout > TimeSpan.Zero)
            {
                _idleTimer = time.CreateTimer(_ => OnIdleTime(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                WatchForIdleness();
            }
        }
    }

    /// <summary>Runs a task, beside those that run already: the pool sees to it that they are not too many.</summary>
    public void Start(TaskFrame frame)
    {
        var run = new TaskRun(frame, frames, time);
        lock (_gate)
        {
            if (_isStopping)
            {
                // Sent before the pool could know; it goes back to its queue when we are gone.
                return;
            }

            if (!_running.TryAdd(frame.TaskId, run))
            {
                throw new ProtocolException($"task {frame.TaskId} was sent twice");
            }

            _idleTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            KeepThreadsFor(_running.Count);
            _ = Task.Run(() => RunAsync(frame.TaskId, run, _idle));
        }
    }

    /// <summary>Fires the cancellation token of a task, if it still runs.</summary>
    public void Cancel(long taskId)
    {
        lock (_gate)
        {
            _running.GetValueOrDefault(taskId)?.Cancel();
        }
    }

    /// <summary>Fires the cancellation tokens of all tasks.</summary>
    public void CancelAll()
    {
        lock (_gate)
        {
            foreach (var run in _running.Values)
            {
                run.Cancel();
            }
        }
    }

    /// <summary>Takes no more tasks.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isStopping = true;
            _idleTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_running.Count == 0)
            {
                _drained.TrySetResult();
            }
        }
    }

    /// <summary>Waits, once closed, until no task runs and the idle callback does not either.</summary>
    public async Task DrainAsync()
    {
        await Cancellation.FireAsync(_stop, output);
        await _drained.Task;
        Task idle;
        lock (_gate)
        {
            idle = _idle;
        }

        await idle;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_idleTimer is not null)
        {
            await _idleTimer.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task RunAsync(long taskId, TaskRun run, Task idle)
    {
        try
        {
            await idle;
            if (await run.RunAsync(await handler))
            {
                ProcessEnd.WithLastWords("Ran out of memory; a fresh process takes over.", ExitCodes.Software);
            }
        }
        catch (UnusableException e)
        {
            // All that runs here goes back to its queue, uncounted, and the pool starts no other process before somebody could mend it.
            frames.Send(new UnusableFrame(e.Message));
            ProcessEnd.Orderly(ExitCodes.Config);
        }
        catch (Exception e)
        {
            // The edge of a task: when not even its failure can be reported, only the end of the process can tell the pool.
            ProcessEnd.WithLastWords($"The end of a task could not be reported: {Failure.Summary(e)}", ExitCodes.Software);
        }

        lock (_gate)
        {
            _running.Remove(taskId);
            run.Dispose();
            if (_running.Count > 0)
            {
                return;
            }

            if (_isStopping)
            {
                _drained.TrySetResult();
            }
            else
            {
                WatchForIdleness();
            }
        }
    }

    private void WatchForIdleness() => _idleTimer?.Change(idleTimeout, Timeout.InfiniteTimeSpan);

    private void OnIdleTime()
    {
        lock (_gate)
        {
            if (_running.Count == 0 && !_isStopping && _idle.IsCompleted)
            {
                _idle = Task.Run(IdleAsync);
            }
        }
    }

    private async Task IdleAsync()
    {
        try
        {
            await (await handler).OnIdleAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // As asked.
        }
        catch (Exception e)
        {
            // The edge of the plugin: a cache that it could not drop is no reason to end.
            output.Write(LogLevel.Error, $"The idle callback failed: {Failure.Describe(e)}");
        }

        // An idle process gives back the memory that its last tasks needed.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    // Handlers that block each hold a thread. The thread pool would add one only every half second.
    private void KeepThreadsFor(int running)
    {
        if (running > _mostRunning)
        {
            _mostRunning = running;
            ThreadPool.GetMinThreads(out var workers, out var completions);
            ThreadPool.SetMinThreads(Math.Max(workers, running + SpareThreads), completions);
        }
    }
}
