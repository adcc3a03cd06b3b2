using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks of a worker type from their delivery until they are settled: none is forgotten, whatever goes wrong with it.</summary>
/// <remarks>What happens to one is told in the log and holds up no others: nothing here throws, and only <see cref="AllSettledAsync"/> waits.</remarks>
internal sealed class OpenTasks(
    HeldTasks known, Cancellations cancellations, TaskSettler settler, QueueLedger ledger, TimeProvider time, ILogger logger)
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for each delivery that is not settled yet, and one until somebody waits for them.
    private int _open = 1;

    /// <summary>How many have run and cannot be settled for now: they take no place from others.</summary>
    public int Stuck => settler.Stuck.CountOf(ledger.Queue);

    /// <summary>Has somebody hear when <see cref="Stuck"/> changes.</summary>
    public void OnStuckChanged(Action changed) => settler.Stuck.OnChanged(queue =>
    {
        if (queue == ledger.Queue)
        {
            changed();
        }
    });

    /// <summary>Those that cannot be settled for now.</summary>
    public IEnumerable<PoolTask> StuckTasks => settler.Stuck.Of(ledger.Queue);

    /// <summary>Cancels a task that cannot be settled for now, if it is one of these.</summary>
    /// <returns>Whether it is.</returns>
    public bool TryCancelStuck(string messageId, string by) => settler.Stuck.TryCancel(messageId, by);

    /// <summary>Whether tasks of this type may be started.</summary>
    public StartConditions StartConditions { get; } = new(cancellations, time);

    /// <summary>Takes what the broker has delivered.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="worker">Whose options hold for it until it is given to a worker.</param>
    /// <returns>The task to run; <see langword="null"/> when it is to be settled without that, or with a task that was taken before.</returns>
    public PoolTask? Take(Delivery delivery, WorkerSpec worker)
    {
        ledger.Take();
        Interlocked.Increment(ref _open);
        switch (known.Adopt(delivery, out var before))
        {
            case Adoption.Settled:
                Close(1);
                logger.TaskRecognised(before!.MessageId, before.Worker.Name, before.Pid);
                return null;
            case Adoption.Joined:
                logger.TaskRecognised(before!.MessageId, before.Worker.Name, before.Pid);
                return null;
            case Adoption.Revived:
                return before;
        }

        var task = new PoolTask(delivery, worker, ledger, OnSettled) { Arrived = time.GetTimestamp(), QueueLeft = _left.Task };
        known.Add(task);
        try
        {
            task.ReadHeaders();
        }
        catch (Exception e)
        {
            // Whatever a publisher has put into them, it is that task's trouble alone.
            task.Leave();
            Fail(task, new TaskFailure(FailureKind.Permanent, $"its headers cannot be given to a worker: {e.Message}"));
            return null;
        }

        // One that is acknowledged before it starts has never begun.
        if (!delivery.Redelivered || worker.Options.Acknowledge == Acknowledge.BeforeStart || cancellations.IsOf(task, out _))
        {
            return task;
        }

        task.Leave();
        _ = GuardAsync(task, settler.RecordRedeliveryAsync);
        return null;
    }

    /// <summary>Whether somebody has cancelled a task.</summary>
    public bool IsCancelled(PoolTask task) => cancellations.IsOf(task, out _);

    /// <summary>Settles a task by how its run ended.</summary>
    public void Settle(PoolTask task, TaskEnd end) => _ = SettleAsync(task, end);

    /// <summary>Settles a task that is not run.</summary>
    public void Fail(PoolTask task, TaskFailure reason) => _ = GuardAsync(task, task => settler.FailAsync(task, reason, task.EarlierAttempts));

    /// <summary>Returns a task that was not started to its queue, for any host, unless it was cancelled.</summary>
    /// <param name="task">The task.</param>
    /// <param name="delay">When it is to come again.</param>
    public void Return(PoolTask task, TimeSpan delay)
    {
        if (cancellations.IsOf(task, out var reason))
        {
            Fail(task, reason);
        }
        else
        {
            _ = GuardAsync(task, task => settler.ReturnAsync(task, delay));
        }
    }

    /// <summary>Gives back what cannot be settled for now, and what will be so. The broker must deliver nothing any more: this pool would run it again.</summary>
    public void LeaveQueue() => _left.TrySetResult();

    /// <summary>Waits until everything that was taken is settled. Nothing may be taken any more; to be called once.</summary>
    public Task AllSettledAsync()
    {
        Close(1);
        return _settled.Task;
    }

    // Like GuardAsync, without a closure: once for each task that runs.
    private async Task SettleAsync(PoolTask task, TaskEnd end)
    {
        try
        {
            await settler.SettleAsync(task, end);
        }
        catch (Exception e)
        {
            settler.GiveUp(task, e);
        }
    }

    private async Task GuardAsync(PoolTask task, Func<PoolTask, Task> settle)
    {
        try
        {
            await settle(task);
        }
        catch (Exception e)
        {
            settler.GiveUp(task, e);
        }
    }

    private void OnSettled(PoolTask task, int deliveries)
    {
        known.Remove(task);
        Close(deliveries);
    }

    private void Close(int deliveries)
    {
        if (Interlocked.Add(ref _open, -deliveries) == 0)
        {
            _settled.TrySetResult();
        }
    }
}
