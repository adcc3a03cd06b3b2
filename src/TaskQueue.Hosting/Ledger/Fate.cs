namespace TaskQueue.Hosting.Ledger;

/// <summary>How a message left its queue for good.</summary>
public enum Fate
{
    /// <summary>The task was done, its results are confirmed.</summary>
    Done,

    /// <summary>The task failed or expired, and such are dropped.</summary>
    Deleted,

    /// <summary>The task was set aside in the queue of buried ones.</summary>
    Buried,

    /// <summary>The task was published anew, for another attempt.</summary>
    Released,

    /// <summary>A dispatcher passed it on to another queue.</summary>
    Forwarded,
}
