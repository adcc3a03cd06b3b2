using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>One configured instance: keeps a process for it alive, from start to stop, through crashes and new configurations.</summary>
/// <param name="spec">What to run.</param>
/// <param name="spawner">Starts the processes.</param>
/// <param name="feeds">Makes the connection between a process that is ready and its queue.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock of the restart delays.</param>
[SuppressMessage("Design", "CA1001", Justification = "StopAsync, which every slot ends with, disposes of the fields.")]
internal sealed class WorkerSlot(
    WorkerSpec spec, Spawner spawner, Func<WorkerProcess, WorkerFeed> feeds, ILogger logger, TimeProvider time)
{
    private readonly CancellationTokenSource _stop = new();

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private WorkerSpec _spec = spec;
    private WorkerProcess? _process;
    private CancellationTokenSource _changed = new();

    private Task _loop = Task.CompletedTask;

    // Tasks whose process is gone may still wait for the broker to confirm their results.
    private Task _settling = Task.CompletedTask;

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

    /// <summary>Begins.</summary>
    public void Start() => _loop = RunAsync();

    /// <summary>Runs something else from now on: the process finishes what it has and is replaced.</summary>
    public void Replace(WorkerSpec newSpec)
    {
        lock (_gate)
        {
            _spec = newSpec;
            _changed.Cancel();
        }
    }

    /// <summary>Lets the process finish what it has, and starts no other.</summary>
    /// <returns>A task that completes when it is gone and everything it took is settled.</returns>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await _settling;
        _stop.Dispose();
        _changed.Dispose();
    }

    /// <summary>Ends the process at once.</summary>
    public void Kill()
    {
        lock (_gate)
        {
            _process?.Kill(cause: null);
        }
    }

    private async Task RunAsync()
    {
        var failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            WorkerSpec current;
            CancellationToken changed;
            lock (_gate)
            {
                current = _spec;
                _changed.Dispose();
                _changed = new CancellationTokenSource();
                changed = _changed.Token;
            }

            using var retire = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, changed);
            var started = time.GetTimestamp();
            var exit = await RunProcessAsync(current, retire.Token);
            if (exit.Asked)
            {
                failures = 0;
                continue;
            }

            failures = time.GetElapsedTime(started) >= RestartDelay.HealthyAfter ? 1 : failures + 1;
            var delay = RestartDelay.After(failures);
            logger.WorkerEnded(current.Name, exit.Description, delay.TotalSeconds);
            await WaitAsync(delay, retire.Token);
        }
    }

    /// <summary>Runs one process from its start to its end.</summary>
    private async Task<WorkerExit> RunProcessAsync(WorkerSpec current, CancellationToken retire)
    {
        WorkerProcess process;
        try
        {
            process = await WorkerProcess.StartAsync(current, spawner, logger, time);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return new WorkerExit(ExitCode: 127, Asked: false, $"{current.Launch.Path} cannot be started: {e.Message}", []);
        }

        lock (_gate)
        {
            _process = process;
        }

        var memory = current.Options.LimitMemoryBytes is { } limit ? MemoryWatch.GuardAsync(process, limit, time) : Task.CompletedTask;
        if (await IsReadyAsync(process, current.Options.StartTimeout))
        {
            logger.WorkerReady(current.Name, process.Pid);
            var feed = feeds(process);
            await feed.RunAsync(retire);
            process.Retire();
            await process.Ended;
            _settling = Task.WhenAll(_settling, feed.DisposeAsync().AsTask());
        }

        await memory;
        lock (_gate)
        {
            _process = null;
        }

        return await process.Ended;
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

    private async Task WaitAsync(TimeSpan delay, CancellationToken retire)
    {
        try
        {
            await Task.Delay(delay, time, retire);
        }
        catch (OperationCanceledException) when (retire.IsCancellationRequested)
        {
            // Stopped, or a new configuration may have mended what was wrong.
        }
    }
}
