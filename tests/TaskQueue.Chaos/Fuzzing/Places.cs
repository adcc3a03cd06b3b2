namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Where a hostile message may end, each of them a whole story: every other combination of finds is one too many or too few.</summary>
[Flags]
internal enum Places
{
    None = 0,

    /// <summary>No trace of it: lost, unless the broker itself was told to drop it.</summary>
    Nowhere = 1,

    /// <summary>Its result, a success, came once.</summary>
    Done = 2,

    /// <summary>It is buried once, and its result that says so came once.</summary>
    Failed = 4,

    /// <summary>It is gone, and its result that says that it had expired came once.</summary>
    Expired = 8,

    /// <summary>In <c>taskqueue.rejected</c>, as it was or raw.</summary>
    Rejected = 16,

    /// <summary>Buried without a result: nobody may be told, or it could not be read.</summary>
    Buried = 32,

    /// <summary>In <c>taskqueue.unroutable</c>.</summary>
    Unroutable = 64,

    /// <summary>A worker ran it once, and its answer went nowhere, as its publisher had it.</summary>
    Unanswered = 128,

    /// <summary>Its answer waits in the delay queues for a queue that takes nothing.</summary>
    Delayed = 256,

    /// <summary>More than one of these.</summary>
    Doubled = 512,
}
