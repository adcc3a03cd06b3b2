using Microsoft.Extensions.Logging;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Output;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>The tasks that run, those that wait for one of these to end, and the idle callback while there are none.</summary>
/// <param name="handler">Completes when the plugin or command is ready.</param>
/// <param name="concurrency">How many tasks run at once.</param>
/// <param name="idleTimeout">How long without a task is idle; zero for never.</param>
/// <param name="maxResultBytes">The most bytes of the results of one task.</param>
/// <param name="frames">The way to the pool.</param>
/// <param name="output">Where lines go that belong to no task.</param>
/// <param name="time">The clock.</param>
internal sealed class TaskSlots(
    Task<ITaskHandler> handler, int concurrency, TimeSpan idleTimeout, long maxResultBytes, FrameOutput frames, TaskOutput output, TimeProvider time) : IAsyncDisposable
{
    // A place that a task has had for so long without being run is none: something keeps the threads of this process.
    private static readonly TimeSpan LatestStart = TimeSpan.FromSeconds(5);

    // For what the plugin queues besides its handlers, and for us.
    private const int SpareThreads = 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskRun> _waiting = [];
    private readonly Dictionary<long, TaskRun> _running = [];
    private Task _idle = Task.CompletedTask;
    private ITimer? _idleTimer;
    private long _lastTaskId;
    private long _lastEnd;
    private int _lanes;
    private int _mostLanes;
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

    /// <summary>Runs a task as soon as those before it leave it room.</summary>
    public void Start(TaskFrame frame)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                // Sent before the pool could know; it goes back to its queue when we are gone.
                return;
            }

            if (frame.TaskId <= _lastTaskId)
            {
                throw new ProtocolException($"task {frame.TaskId} was sent after task {_lastTaskId}");
            }

            _lastTaskId = frame.TaskId;
            _waiting.AddLast(new TaskRun(frame, frames, maxResultBytes, time));
            _idleTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_lanes < concurrency)
            {
                _lanes++;
                KeepThreadsFor(_lanes);
                _ = Task.Run(RunLaneAsync);
            }
        }
    }

    /// <summary>Fires the cancellation token of a task, if it still runs; gives it back if it was not started.</summary>
    public void Cancel(long taskId)
    {
        lock (_gate)
        {
            _running.GetValueOrDefault(taskId)?.Cancel();
            GiveBack(run => run.TaskId == taskId);
        }
    }

    /// <summary>Gives every task back whose turn has not come, or came long ago to no avail.</summary>
    public void Recall()
    {
        lock (_gate)
        {
            // These are next: their lanes are on their way. The idle callback may keep them waiting.
            var places = concurrency - _running.Count;
            var isStuck = _idle.IsCompleted && _waiting.First is { } first && time.GetElapsedTime(Math.Max(_lastEnd, first.Value.Received)) > LatestStart;
            GiveBack(_ => --places < 0 || isStuck);
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

    /// <summary>Takes no more tasks, and gives those back that were not started.</summary>
    /// <param name="isPoolGone">Whether there is nobody to tell.</param>
    public void Close(bool isPoolGone = false)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                return;
            }

            _isStopping = true;
            _idleTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_lanes == 0)
            {
                _drained.TrySetResult();
            }

            if (isPoolGone)
            {
                _waiting.Clear();
                return;
            }

            // Told in here, so that nothing is begun behind it.
            frames.Send(new ClosingFrame(_lastTaskId));
            GiveBack(_ => true);
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

    /// <summary>Runs one task after the other, until none waits.</summary>
    private async Task RunLaneAsync()
    {
        Task idle;
        lock (_gate)
        {
            idle = _idle;
        }

        await idle;
        var loaded = await handler;
        while (NextInLane() is { } run)
        {
            try
            {
                var (result, outOfMemory) = await run.RunAsync(loaded);
                if (outOfMemory)
                {
                    Close();
                }

                Forget(run);
                frames.Send(result);
                if (outOfMemory)
                {
                    ProcessEnd.WithLastWords("Ran out of memory; a fresh process takes over.", WorkerExitCodes.Software);
                }
            }
            catch (Exception e)
            {
                // The edge of a task: when not even its failure can be reported, only the end of the process can tell the pool.
                ProcessEnd.WithLastWords($"The end of a task could not be reported: {Failure.Summary(e)}", WorkerExitCodes.Software);
            }
        }
    }

    // Before its result is sent, with which the pool gives its place to the next one.
    private void Forget(TaskRun run)
    {
        lock (_gate)
        {
            _running.Remove(run.TaskId);
            _lastEnd = time.GetTimestamp();
            run.Dispose();
        }
    }

    private TaskRun? NextInLane()
    {
        lock (_gate)
        {
            if (_waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                _running.Add(first.Value.TaskId, first.Value);
                return first.Value;
            }

            if (--_lanes == 0)
            {
                if (_isStopping)
                {
                    _drained.TrySetResult();
                }
                else
                {
                    WatchForIdleness();
                }
            }

            return null;
        }
    }

    // Within the lock, so that none of them is begun meanwhile.
    private void GiveBack(Predicate<TaskRun> which)
    {
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (which(node.Value))
            {
                _waiting.Remove(node);
                frames.Send(new ResultFrame { TaskId = node.Value.TaskId, Outcome = TaskOutcome.NotStarted });
                node.Value.Dispose();
            }

            node = next;
        }
    }

    private void WatchForIdleness() => _idleTimer?.Change(idleTimeout, Timeout.InfiniteTimeSpan);

    private void OnIdleTime()
    {
        lock (_gate)
        {
            if (_lanes == 0 && !_isStopping && _idle.IsCompleted)
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
    private void KeepThreadsFor(int lanes)
    {
        if (lanes > _mostLanes)
        {
            _mostLanes = lanes;
            ThreadPool.GetMinThreads(out var workers, out var completions);
            ThreadPool.SetMinThreads(Math.Max(workers, lanes + SpareThreads), completions);
        }
    }
}
