using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Connects one worker process with the queue of its type: takes as many tasks as it can run, hands each over, and has each settled.</summary>
/// <remarks>
/// Every process has a subscription of its own, with a prefetch of its <c>concurrency</c>. So the broker itself knows which
/// worker is idle: no task ever waits here behind a busy one while another host could run it, and a process that dies or
/// retires takes nothing with it but what it was running.
/// </remarks>
/// <param name="broker">Where the tasks come from.</param>
/// <param name="queue">The queue of the worker type.</param>
/// <param name="process">A process that is ready.</param>
/// <param name="tasks">The tasks of the whole pool.</param>
/// <param name="settler">Settles the tasks.</param>
/// <param name="ledger">The counts of the queue.</param>
/// <param name="telemetry">Hears of each run.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class WorkerFeed(
    IBroker broker,
    QueueDefinition queue,
    WorkerProcess process,
    RunningTasks tasks,
    TaskSettler settler,
    QueueLedger ledger,
    PoolTelemetry telemetry,
    TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    // After a reconnect the broker does not know that the process is still busy with what it took before. A task that comes
    // then waits a moment for it, and goes back to be run elsewhere.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly int _maxTasks = process.Spec.Options.MaxTasks;
    private readonly SemaphoreSlim _room = new(process.Spec.Options.Concurrency);
    private readonly CancellationTokenSource _enough = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IConsumer? _consumer;
    private Task _enoughWithEnd = Task.CompletedTask;
    private int _started;

    // One for the feed itself, one for each delivery that is not settled yet.
    private int _open = 1;

    /// <summary>Feeds the process until it ends, is to retire, or has had its <c>max_tasks</c>; then takes nothing more.</summary>
    /// <param name="retire">Asks for that.</param>
    public async Task RunAsync(CancellationToken retire)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(retire, _enough.Token);
        _enoughWithEnd = EnoughWithEndAsync();
        try
        {
            _consumer = await broker.ConsumeAsync(
                queue, new ConsumerOptions(process.Spec.Options.Concurrency), OnDeliveryAsync, stop.Token);
            ledger.Subscribed();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }

        if (_consumer is not null)
        {
            await _consumer.StopTakingAsync(CancellationToken.None);
            ledger.Unsubscribed();
        }

        Close();
    }

    /// <summary>Waits until everything that was taken is settled, and ends the subscription.</summary>
    public async ValueTask DisposeAsync()
    {
        await _settled.Task;
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        await _enoughWithEnd;
        _enough.Dispose();
        _room.Dispose();
    }

    private async Task EnoughWithEndAsync()
    {
        await process.Ended;
        await _enough.CancelAsync();
    }

    private ValueTask OnDeliveryAsync(Delivery delivery)
    {
        Interlocked.Increment(ref _open);
        ledger.Take();
        _ = TakeAsync(delivery);
        return ValueTask.CompletedTask;
    }

    private async Task TakeAsync(Delivery delivery)
    {
        try
        {
            if (tasks.Adopt(delivery) is { } known)
            {
                logger.TaskRecognised(known.MessageId, known.Worker.Name, known.Pid);
                await known.Settled;
            }
            else if (Attempts.IsUncounted(delivery))
            {
                await settler.RecordAttemptAsync(TaskOf(delivery));
            }
            else
            {
                await RunAsync(TaskOf(delivery));
            }
        }
        catch (Exception e)
        {
            // The edge of a task: an error of ours must not lose it.
            logger.HandOffFailed(e, delivery.Properties.MessageId, process.Spec.Name);
            ledger.Requeue(delivery);
        }
        finally
        {
            Close();
        }
    }

    private RunningTask TaskOf(Delivery delivery) => new(delivery, process.Spec, process.Pid, ledger);

    private async Task RunAsync(RunningTask task)
    {
        tasks.Add(task);
        try
        {
            if (settler.ReasonNotToRun(task, out var limit) is { } reason)
            {
                await settler.FailAsync(task, reason, task.EarlierAttempts);
            }
            else if (await RunInRoomAsync(task, limit) is { } end)
            {
                await settler.SettleAsync(task, end);
            }
            else
            {
                await settler.ReturnAsync(task);
            }
        }
        finally
        {
            tasks.Remove(task);
        }
    }

    /// <summary>Runs the task, unless the process is not free after all or has had enough.</summary>
    private async Task<TaskEnd?> RunInRoomAsync(RunningTask task, TimeSpan? limit)
    {
        if (!await _room.WaitAsync(LongestWait))
        {
            return null;
        }

        try
        {
            if (!MayStart())
            {
                return null;
            }

            logger.TaskStarted(task.MessageId, process.Spec.Name, process.Pid);
            using var run = telemetry.Run(task);
            return await process.RunAsync(task.MessageId, limit, taskId => TaskFrames.Make(task, taskId));
        }
        finally
        {
            _room.Release();
        }
    }

    private bool MayStart()
    {
        if (_maxTasks == 0)
        {
            return true;
        }

        var number = Interlocked.Increment(ref _started);
        if (number == _maxTasks)
        {
            _enough.Cancel();
        }

        return number <= _maxTasks;
    }

    private void Close()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _settled.SetResult();
        }
    }
}
