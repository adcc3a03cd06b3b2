namespace TaskQueue.WorkerPool.HandOff;

/// <summary>What <see cref="TypeTasks"/> wants at once, within the lock: neither waits for anything.</summary>
internal interface IFeedOrders
{
    /// <summary>Whether the broker knows that nothing is to be delivered.</summary>
    bool TakesNothing { get; }

    /// <summary>How many tasks have run and cannot be settled for now.</summary>
    int Stuck { get; }

    /// <summary>Has <see cref="TypeTasks.Look"/> called after some time, or sooner.</summary>
    void LookIn(TimeSpan delay);

    /// <summary>Says how many unsettled deliveries there may be.</summary>
    /// <param name="prefetch">The number.</param>
    /// <param name="atOnce">Whether less is less at once.</param>
    void Take(int prefetch, bool atOnce);
}
