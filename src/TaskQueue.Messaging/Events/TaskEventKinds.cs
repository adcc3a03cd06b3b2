namespace TaskQueue.Messaging.Events;

/// <summary>What can happen to a task, in <see cref="TaskEvent.Kind"/>.</summary>
public static class TaskEventKinds
{
    /// <summary>A dispatcher has it in the queue of its worker type.</summary>
    public const string Dispatched = "dispatched";

    /// <summary>It is kept from the workers until <see cref="TaskEvent.Until"/>.</summary>
    public const string Delayed = "delayed";

    /// <summary>A dispatcher has set it aside in <c>taskqueue.rejected</c>.</summary>
    public const string Rejected = "rejected";

    /// <summary>It waits in <c>taskqueue.unroutable</c> for a pool that serves its worker type.</summary>
    public const string Unroutable = "unroutable";

    /// <summary>A worker runs it.</summary>
    public const string Started = "started";

    /// <summary>It has told how far it is.</summary>
    public const string Progress = "progress";

    /// <summary>Its run is over, or there is to be none. A run that succeeded is told when the broker has its result.</summary>
    public const string Ended = "ended";

    /// <summary>It is in its queue again, or will be at <see cref="TaskEvent.Until"/>.</summary>
    public const string Retried = "retried";

    /// <summary>It is in the queue of buried tasks.</summary>
    public const string Buried = "buried";

    /// <summary>Somebody has sent it back, to the queue that it was set aside from.</summary>
    public const string Kicked = "kicked";

    /// <summary>It has failed, and nothing is left of it but its result; or somebody has deleted what was set aside.</summary>
    public const string Deleted = "deleted";

    /// <summary>What a service has counted of a worker type in a minute: no task is meant.</summary>
    public const string Counts = "counts";
}
