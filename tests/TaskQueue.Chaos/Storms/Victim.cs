namespace TaskQueue.Chaos.Storms;

/// <summary>What can be struck.</summary>
internal enum Victim
{
    /// <summary>A worker process.</summary>
    Worker,

    /// <summary>A pool, and its workers with it.</summary>
    Pool,

    /// <summary>A dispatcher.</summary>
    Dispatcher,

    /// <summary>A node of the broker.</summary>
    Node,

    /// <summary>All connections of a pool.</summary>
    PoolLink,

    /// <summary>All connections of a dispatcher.</summary>
    DispatcherLink,
}
