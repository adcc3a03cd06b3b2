using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

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
/// <param name="settler">Settles the tasks.</param>
/// <param name="logger">The log.</param>
internal sealed class WorkerFeed(IBroker broker, QueueDefinition queue, WorkerProcess process, TaskSettler settler, ILogger logger)
    : IAsyncDisposable
{
    private readonly int _maxTasks = process.Spec.Options.MaxTasks;
    private readonly CancellationTokenSource _enough = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IConsumer? _consumer;
    private Task _enoughWithEnd = Task.CompletedTask;
    private int _started;

    // One for the feed itself, one for each task that is not settled yet.
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
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }

        if (_consumer is not null)
        {
            await _consumer.StopTakingAsync(CancellationToken.None);
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
    }

    private async Task EnoughWithEndAsync()
    {
        await process.Ended;
        await _enough.CancelAsync();
    }

    private ValueTask OnDeliveryAsync(Delivery delivery)
    {
        var number = Interlocked.Increment(ref _started);
        if (_maxTasks > 0 && number > _maxTasks)
        {
            // It came before the broker heard that we have had enough.
            delivery.Settle(Settlement.Requeue);
            return ValueTask.CompletedTask;
        }

        Interlocked.Increment(ref _open);
        _ = RunTaskAsync(delivery);
        if (number == _maxTasks)
        {
            _enough.Cancel();
        }

        return ValueTask.CompletedTask;
    }

    private async Task RunTaskAsync(Delivery delivery)
    {
        try
        {
            var messageId = delivery.Properties.MessageId is { Length: > 0 } id ? id : Guid.CreateVersion7().ToString("N");
            var task = new RunningTask(delivery, process.Spec, process.Pid, messageId);
            logger.TaskStarted(messageId, process.Spec.Name, process.Pid);
            var end = await process.RunAsync(messageId, taskId => TaskFrames.Make(task, taskId));
            await settler.SettleAsync(task, end);
        }
        catch (Exception e)
        {
            // The edge of a task: an error of ours must not lose it.
            logger.HandOffFailed(e, delivery.Properties.MessageId, process.Spec.Name);
            delivery.Settle(Settlement.Requeue);
        }
        finally
        {
            Close();
        }
    }

    private void Close()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _settled.SetResult();
        }
    }
}
