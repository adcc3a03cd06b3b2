namespace TaskQueue.WorkerPool.Supervision;

/// <summary>How long to wait before a worker that ended is started again.</summary>
internal static class RestartDelay
{
    /// <summary>A worker that lived this long was healthy: its end is the first one again.</summary>
    public static readonly TimeSpan HealthyAfter = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>The delay after so many ends in a row, each after less than <see cref="HealthyAfter"/>.</summary>
    /// <param name="ends">From 1.</param>
    /// <returns>0.1 s, doubled for every further end, at most 30 s.</returns>
    public static TimeSpan After(int ends)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ends, 1);
        var doublings = Math.Min(ends - 1, 10);
        var delay = First * (1 << doublings);
        return delay < Longest ? delay : Longest;
    }
}
