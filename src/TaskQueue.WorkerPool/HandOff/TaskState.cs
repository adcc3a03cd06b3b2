namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Where a task is on its way through the pool.</summary>
internal enum TaskState
{
    /// <summary>It waits for a process.</summary>
    Waiting,

    /// <summary>A process has it, behind those that it runs.</summary>
    Handed,

    /// <summary>A process runs it.</summary>
    Running,

    /// <summary>What becomes of it is being published.</summary>
    Settling,

    /// <summary>The broker knows that we are done with it, or has taken it back.</summary>
    Settled,
}
