using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>How a run of a task ended, as the pool saw it.</summary>
internal abstract record TaskEnd
{
    /// <summary>The worker process told.</summary>
    public sealed record Reported(ResultFrame Result) : TaskEnd;

    /// <summary>The worker process ended with the task.</summary>
    public sealed record Died(WorkerExit Exit) : TaskEnd;
}
