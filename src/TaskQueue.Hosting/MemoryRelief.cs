namespace TaskQueue.Hosting;

/// <summary>Gives memory back to the system after a peak.</summary>
/// <remarks>
/// A few very large messages leave buffers in the pools of the framework and of the AMQP client, which are given up only by
/// full collections, some time after their last use; a process that has little to do makes none, and would keep them for ever.
/// </remarks>
public static class MemoryRelief
{
    private const long Peak = 64L * 1024 * 1024;

    // Pools give up what several collections in a row, over more than a minute, found unused.
    private const int Rounds = 8;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Looks after the memory of this process until cancelled.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var (settled, rounds) = (Environment.WorkingSet, 0);
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken);
            if (Environment.WorkingSet > settled + Peak)
            {
                rounds = Rounds;
            }

            if (rounds > 0)
            {
                rounds--;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                settled = Environment.WorkingSet;
            }
        }
    }
}
