using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks of a worker type from their delivery until they are settled, and how each comes to that.</summary>
/// <remarks>Whatever happens to one is told in the log and holds up no others: nothing here throws, and only <see cref="AllSettledAsync"/> waits.</remarks>
internal sealed class OpenTasks(
    HeldTasks known, Cancellations cancellations, TaskSettler settler, QueueLedger ledger, TimeProvider time, ILogger logger)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for each delivery that is not settled yet, and one until somebody waits for them.
    private int _open = 1;

    /// <summary>How many have run and cannot be settled for now: they take no place from others.</summary>
    public int Stuck => settler.Stuck.CountOf(ledger.Queue);

    /// <summary>Has somebody hear when <see cref="Stuck"/> changes.</summary>
    public void OnStuckChanged(Action changed) => settler.Stuck.Changed += queue =>
    {
        if (queue == ledger.Queue)
        {
            changed();
        }
    };

    /// <summary>Cancels a task that cannot be settled for now, if it is one of these.</summary>
    /// <returns>Whether it is.</returns>
    public bool TryCancelStuck(string messageId, string by) => settler.Stuck.TryCancel(messageId, by);

    /// <summary>Takes what the broker has delivered.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="worker">Whose options hold for it until it is given to a worker.</param>
    /// <returns>The task to run; <see langword="null"/> when it is to be settled without that, or with a task that was taken before.</returns>
    public HeldTask? Take(Delivery delivery, WorkerSpec worker)
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

        var task = new HeldTask(delivery, worker, ledger, OnSettled) { Arrived = time.GetTimestamp() };
        known.Add(task);
        if (!Attempts.IsUncounted(delivery) || IsCancelled(task))
        {
            return task;
        }

        _ = GuardAsync(task, settler.RecordAttemptAsync);
        return null;
    }

    /// <summary>Whether somebody has cancelled a task.</summary>
    public bool IsCancelled(HeldTask task) => cancellations.IsOf(task, out _);

    /// <summary>Looks whether a task should not be started at all.</summary>
    /// <param name="task">The task.</param>
    /// <param name="limit">How long it may run.</param>
    /// <returns>Why not, or <see langword="null"/>.</returns>
    public TaskFailure? ReasonNotToRun(HeldTask task, out TimeSpan? limit)
    {
        limit = null;
        return cancellations.IsOf(task, out var cancelled) ? cancelled : settler.ReasonNotToRun(task, out limit);
    }

    /// <summary>Settles a task by how its run ended.</summary>
    public void Settle(HeldTask task, TaskEnd end) => _ = SettleAsync(task, end);

    /// <summary>Settles a task that is not run.</summary>
    public void Fail(HeldTask task, TaskFailure reason) => _ = GuardAsync(task, task => settler.FailAsync(task, reason, task.EarlierAttempts));

    /// <summary>Returns tasks that were not started to their queue, for any host, those excepted that were cancelled.</summary>
    public void Return(IEnumerable<HeldTask> tasks)
    {
        foreach (var task in tasks)
        {
            if (cancellations.IsOf(task, out var reason))
            {
                Fail(task, reason);
            }
            else
            {
                _ = GuardAsync(task, settler.ReturnAsync);
            }
        }
    }

    /// <summary>Waits until everything that was taken is settled. Nothing may be taken any more; to be called once.</summary>
    public Task AllSettledAsync()
    {
        Close(1);
        return _settled.Task;
    }

    // Like GuardAsync, without a closure: once for each task that runs.
    private async Task SettleAsync(HeldTask task, TaskEnd end)
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

    private async Task GuardAsync(HeldTask task, Func<HeldTask, Task> settle)
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

    private void OnSettled(HeldTask task, int deliveries)
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
