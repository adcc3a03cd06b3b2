namespace TaskQueue.WorkerPool.HandOff;

/// <summary>What a delivery is to a task that was known before.</summary>
internal enum Adoption
{
    /// <summary>Another message.</summary>
    None,

    /// <summary>It is settled together with the task.</summary>
    Joined,

    /// <summary>The task had ended; it is settled.</summary>
    Settled,

    /// <summary>The task had been let go before it was done, and is to be run after all.</summary>
    Revived,
}
