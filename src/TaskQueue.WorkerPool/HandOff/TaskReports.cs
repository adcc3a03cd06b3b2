using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Cgroups;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Tells of tasks that the pool has.</summary>
internal static class TaskReports
{
    /// <summary>A task that a process has.</summary>
    /// <param name="task">The task.</param>
    /// <param name="pipe">The process.</param>
    /// <param name="used">What the task has used so far, where that is known.</param>
    /// <param name="time">The clock.</param>
    public static TaskReport OfHanded(PoolTask task, IWorkerPipe pipe, ResourceUsage? used, TimeProvider time) => new(task.MessageId, pipe.Spec.WorkerType)
    {
        Running = task.State == TaskState.Running,
        Worker = pipe.Spec.Name,
        Pid = pipe.Pid,
        User = pipe.Spec.UserName,
        Milliseconds = (long)time.GetElapsedTime(task.State == TaskState.Running ? task.Began : task.Arrived).TotalMilliseconds,
        Attempt = task.Attempt,
        CpuMilliseconds = (long?)used?.Cpu.TotalMilliseconds,
        PeakBytes = used?.PeakBytes,
        Fraction = task.Progress?.Fraction,
        Message = task.Progress?.Message,
        CancelledBy = task.CancelledBy,
    };

    /// <summary>A task that waits for a process.</summary>
    /// <param name="task">The task.</param>
    /// <param name="time">The clock.</param>
    public static TaskReport OfWaiting(PoolTask task, TimeProvider time) => new(task.MessageId, task.Worker.WorkerType)
    {
        Milliseconds = (long)time.GetElapsedTime(task.Arrived).TotalMilliseconds,
        Attempt = task.Attempt,
    };

    /// <summary>A task that has run and cannot be settled for now.</summary>
    /// <param name="task">The task.</param>
    public static TaskReport OfStuck(PoolTask task) => new(task.MessageId, task.Worker.WorkerType)
    {
        Unsettled = true,
        Worker = task.Worker.Name,
        Attempt = task.Attempt,
    };
}
