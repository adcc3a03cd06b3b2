using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>One configured instance: keeps a process for it alive, from start to stop, through crashes and new configurations.</summary>
/// <param name="spec">What to run.</param>
/// <param name="spawner">Starts the processes.</param>
/// <param name="feed">Gives tasks to processes that are ready.</param>
/// <param name="faults">What keeps workers of its type from starting.</param>
/// <param name="telemetry">Follows each process.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock of the restart delays.</param>
[SuppressMessage("Design", "CA1001", Justification = "Without timers and wait handles, the sources hold nothing that disposing of them would free.")]
internal sealed class WorkerSlot(
    WorkerSpec spec,
    Spawner spawner,
    TypeFeed feed,
    ConfigurationFaults faults,
    PoolTelemetry telemetry,
    ILogger logger,
    TimeProvider time)
{
    // What a plugin does when it stops, beside what waits for it.
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private readonly HashSet<WorkerProcess> _alive = [];
    private WorkerSpec _spec = spec;
    private WorkerProcess? _successor;
    private CancellationTokenSource _changed = new();
    private bool _waiting;
    private bool _killed;
    private string? _lastEnd;

    // Processes that end, which outlive their turn.
    private Task _leftovers = Task.CompletedTask;

    private Task _loop = Task.CompletedTask;

    /// <summary>What it runs, or will run next.</summary>
    public WorkerSpec Spec
    {
        get
        {
            lock (_gate)
            {
                return _spec;
            }
        }
    }

    /// <summary>Whether it has no process at the moment but such as end, not even one that is starting, and is waiting before it starts another.</summary>
    public bool IsWaiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting;
            }
        }
    }

    /// <summary>Whether a process of it is ready, idle or busy.</summary>
    public bool IsReady => Processes.Any(process => process.Report().State is "idle" or "busy");

    /// <summary>How its process ended, when several in a row have ended soon after their start, and none is ready now.</summary>
    /// <value><see langword="null"/> when all is well, or one is about to try for the first time.</value>
    public string? LastEnd
    {
        get
        {
            lock (_gate)
            {
                return _lastEnd;
            }
        }
    }

    /// <summary>Fires when it is told to stop.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>What keeps a process alive; it goes on until it is told to stop.</summary>
    public Task Loop => _loop;

    /// <summary>Its processes at the moment: mostly one, two while one takes the place of another.</summary>
    public IReadOnlyList<WorkerProcess> Processes
    {
        get
        {
            lock (_gate)
            {
                return [.. _alive];
            }
        }
    }

    /// <summary>Begins.</summary>
    public void Start() => _loop = RunAsync();

    /// <summary>
    /// Runs something else from now on, if that proves to start: a process of it is made ready before the present one is told
    /// to finish what it has, and takes its first task when that one is gone.
    /// </summary>
    /// <param name="newSpec">What to run.</param>
    /// <param name="giveUp">Leaves everything as it is, unless the new process is ready already.</param>
    /// <returns>How the new process ended instead of being ready; <see langword="null"/> when nothing is wrong with it.</returns>
    public async Task<WorkerExit?> ReplaceAsync(WorkerSpec newSpec, CancellationToken giveUp)
    {
        if (TryChangeWhileWaiting(newSpec))
        {
            return null;
        }

        using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(giveUp, _stop.Token);
        var (ready, exit) = await StartProcessAsync(newSpec, quiet: false, givenUp.Token);
        if (ready is null)
        {
            return exit!.Asked ? null : exit;
        }

        WorkerProcess? obsolete = ready;
        CancellationTokenSource? changed = null;
        lock (_gate)
        {
            if (!givenUp.IsCancellationRequested)
            {
                (obsolete, _successor) = (_successor, ready);
                _spec = newSpec;
                changed = _changed;
            }
        }

        obsolete?.Stop();
        if (changed is not null)
        {
            await changed.CancelAsync();
        }

        return null;
    }

    /// <summary>Lets the process finish what it has, and starts no other.</summary>
    /// <returns>A task that completes when it is gone.</returns>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        Task leftovers;
        lock (_gate)
        {
            _successor?.Stop();
            leftovers = _leftovers;
        }

        faults.Forget(Spec);
        await leftovers;
    }

    /// <summary>Ends every process at once.</summary>
    public void Kill()
    {
        WorkerProcess[] alive;
        lock (_gate)
        {
            _killed = true;
            alive = [.. _alive];
        }

        foreach (var process in alive)
        {
            process.Kill(cause: null);
        }
    }

    private bool TryChangeWhileWaiting(WorkerSpec newSpec)
    {
        CancellationTokenSource changed;
        lock (_gate)
        {
            if (!_waiting)
            {
                return false;
            }

            _spec = newSpec;
            _lastEnd = null;
            changed = _changed;
        }

        // Not within the lock: what waits may go on in this call.
        changed.Cancel();
        return true;
    }

    private async Task RunAsync()
    {
        var failures = 0;
        WorkerSpec? readyBefore = null;
        while (!_stop.IsCancellationRequested)
        {
            var (current, process, changed) = Next();
            using var retire = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, changed);
            var started = time.GetTimestamp();
            WorkerExit? exit = null;
            if (process is null)
            {
                (process, exit) = await StartProcessAsync(current, quiet: faults.Has(current), retire.Token);
            }

            if (process is not null)
            {
                readyBefore = current;
                Note(lastEnd: null);
                if (!faults.HasBeenShownByTask(current))
                {
                    faults.Remove(current);
                }

                exit = await UseAsync(process, retire.Token);
            }

            if (exit!.Asked)
            {
                failures = 0;
            }
            else if (exit.IsRefusal || (process is null && exit.IsConfigurationFault))
            {
                failures = 0;
                Note(lastEnd: null);
                var since = process is null && readyBefore == current ? " (it has run before, so what it is started from has changed since)" : "";
                if (process is null)
                {
                    faults.Add(current, exit.Description + since, exit.ReasonFor(current.Configure.Plugin) + since);
                }

                await WaitAsync(cancellationToken => faults.WaitAsync(current, cancellationToken), retire.Token);
            }
            else
            {
                failures = exit.IsForTask || time.GetElapsedTime(started) >= RestartDelay.HealthyAfter ? 1 : failures + 1;
                Note(failures > 1 ? exit.Description : null);
                var delay = RestartDelay.After(failures);
                logger.WorkerEnded(current.Name, exit.Description, delay.TotalSeconds);
                await WaitAsync(cancellationToken => Task.Delay(delay, time, cancellationToken), retire.Token);
            }
        }
    }

    /// <summary>What to run now, with a process for it where one has proved to start, and what tells of the next change.</summary>
    private (WorkerSpec Spec, WorkerProcess? Successor, CancellationToken Changed) Next()
    {
        lock (_gate)
        {
            var successor = _successor;
            _successor = null;
            _changed = new CancellationTokenSource();
            return (_spec, successor, _changed.Token);
        }
    }

    /// <summary>Starts a process and waits until it is ready.</summary>
    /// <returns>The process when it is ready, else how it ended.</returns>
    private async Task<(WorkerProcess? Ready, WorkerExit? Exit)> StartProcessAsync(WorkerSpec what, bool quiet, CancellationToken giveUp)
    {
        WorkerProcess process;
        try
        {
            process = await WorkerProcess.StartAsync(what, spawner, feed, faults, quiet, logger, time);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (null, new WorkerExit(ExitCode: 127, Asked: false, $"{what.Launch.Path} cannot be started: {e.Message}", []));
        }

        catch (CgroupException e)
        {
            return (null, new WorkerExit(ExitCode: 0, Asked: false, e.Message, []) { IsRefusal = true });
        }

        lock (_gate)
        {
            _alive.Add(process);
            _leftovers = Task.WhenAll(_leftovers, AttendAsync(process));
            if (_killed)
            {
                process.Kill(cause: null);
            }
        }

        // It has no task yet that it would have to finish.
        await using var givenUp = giveUp.Register(() => process.Kill(cause: null));
        if (!await IsReadyAsync(process, what.Options.StartTimeout))
        {
            return (null, await process.Ended);
        }

        logger.WorkerReady(what.Name, process.Pid);
        return (process, null);
    }

    private void Note(string? lastEnd)
    {
        lock (_gate)
        {
            _lastEnd = lastEnd;
        }
    }

    private async Task AttendAsync(WorkerProcess process)
    {
        var followed = telemetry.FollowAsync(process);
        if (process.Spec.Options.LimitMemoryBytes is { } limit)
        {
            await MemoryWatch.GuardAsync(process, limit, time);
        }

        await process.Ended;
        lock (_gate)
        {
            _alive.Remove(process);
        }

        await followed;
        await process.Cleared;
    }

    /// <summary>Gives a process tasks until it is gone, or cannot do them: then it ends by itself what it has, which may take its time.</summary>
    private async Task<WorkerExit> UseAsync(WorkerProcess process, CancellationToken retire)
    {
        var feeding = FeedAsync(process, retire);
        return await Task.WhenAny(feeding, process.Refused) == feeding
            ? await feeding
            : new WorkerExit(ExitCode: 0, Asked: false, await process.Refused, []) { IsRefusal = true };
    }

    private async Task<WorkerExit> FeedAsync(WorkerProcess process, CancellationToken retire)
    {
        await feed.FeedAsync(process.Tasks, retire);
        process.Stop();
        await EndsAsync(process);
        return await process.Ended;
    }

    /// <summary>Waits for the end of a process that has no task any more, for so long at most.</summary>
    private async Task EndsAsync(WorkerProcess process)
    {
        await ((Task)process.Ended).WaitAsync(LongestStop, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.Ended.IsCompleted)
        {
            logger.WorkerDoesNotEnd(process.Spec.Name, process.Pid, LongestStop.TotalSeconds);
            process.Kill("it did not end when it was to");
        }
    }

    private async Task<bool> IsReadyAsync(WorkerProcess process, TimeSpan timeout)
    {
        using var done = new CancellationTokenSource();
        if (await Task.WhenAny(process.Ready, Task.Delay(timeout, time, done.Token)) != process.Ready)
        {
            process.Kill($"it was not ready within start_timeout, {timeout.TotalSeconds} s");
        }

        await done.CancelAsync();
        return await process.Ready;
    }

    private async Task WaitAsync(Func<CancellationToken, Task> wait, CancellationToken retire)
    {
        lock (_gate)
        {
            _waiting = true;
        }

        try
        {
            await wait(retire);
        }
        catch (OperationCanceledException) when (retire.IsCancellationRequested)
        {
            // Stopped, or something else is to run.
        }

        lock (_gate)
        {
            _waiting = false;
        }
    }
}
