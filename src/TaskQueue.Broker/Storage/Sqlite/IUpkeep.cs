namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Work on the database that nobody waits for, done between commits in steps of some milliseconds.</summary>
internal interface IUpkeep
{
    /// <summary>Does the next step, if one is due.</summary>
    /// <param name="isIdle">Nothing has been written for a while; otherwise only what must not wait is done.</param>
    /// <returns>When there will be more to do, if nothing is written before: zero for at once, infinite for never.</returns>
    TimeSpan Step(bool isIdle);
}
