using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Decides whether a task is started, once a process is free for it.</summary>
/// <param name="cancellations">What somebody has cancelled.</param>
/// <param name="time">The clock.</param>
internal sealed class StartConditions(Cancellations cancellations, TimeProvider time)
{
    /// <summary>Looks whether a task should not be started at all.</summary>
    /// <param name="task">The task, with the worker that would run it.</param>
    /// <param name="limit">How long it may run.</param>
    /// <returns>Why not, or <see langword="null"/>.</returns>
    public TaskFailure? ReasonNotToStart(PoolTask task, out TimeSpan? limit)
    {
        limit = TimeLimit.Of(task.Worker.Options.Timeout, task.Properties, out var problem);
        var expires = TaskExpiry.Of(task.Properties, out var unreadable);
        return cancellations.IsOf(task, out var cancelled) ? cancelled
            : (problem ?? unreadable) is { } fault ? new TaskFailure(FailureKind.Permanent, fault)
            : expires <= time.GetUtcNow() ? new TaskFailure(FailureKind.Expired, "the task expired before a worker was free")
            : task.EarlierAttempts >= task.Worker.Options.MaxAttempts ? TaskFailure.OfTooManyAttempts(task, task.EarlierAttempts)
            : null;
    }
}
