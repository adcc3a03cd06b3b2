using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>How a run of a task ended, as the pool saw it.</summary>
internal abstract record TaskEnd
{
    /// <summary>Whether the task had been told to end because its time was over.</summary>
    public bool TimedOut { get; init; }

    /// <summary>Who had the task told to end.</summary>
    public string? CancelledBy { get; init; }

    /// <summary>The worker process told.</summary>
    public sealed record Reported(ResultFrame Result) : TaskEnd
    {
        /// <summary>For how long it stays away before it is tried again, uncounted, where the worker turned out to be unusable; <see langword="null"/> where the run counts.</summary>
        public TimeSpan? StaysAway { get; init; }
    }

    /// <summary>The worker process ended with the task.</summary>
    /// <param name="Exit">How.</param>
    /// <param name="OnPurpose">Whether the pool ended it for a reason that is not this task's: it stops, or another task of the process would not end.</param>
    public sealed record Died(WorkerExit Exit, bool OnPurpose = false) : TaskEnd;
}
