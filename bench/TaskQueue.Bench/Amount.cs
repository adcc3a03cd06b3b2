namespace TaskQueue.Bench;

/// <summary>How much is measured at a time: a number of messages, or as many as take a number of seconds.</summary>
internal sealed record Amount(long? Messages, double Seconds)
{
    // Long enough for the runtime to have compiled the hot paths for good, in whatever is measured.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(1), Compiling = TimeSpan.FromSeconds(0.4);

    /// <summary>Warms something up, and finds out how many messages to measure.</summary>
    /// <param name="pass">Has it handle so many messages, and tells how long that took.</param>
    /// <param name="sizes">How many the first round has, and the most that are worth measuring.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<long> WarmUpAsync(Func<long, Task<TimeSpan>> pass, (long First, long Most) sizes, CancellationToken stop)
    {
        for (var round = sizes.First; ; round = Math.Min(4 * round, sizes.Most))
        {
            var took = await pass(round);
            if (took >= LongEnough || round == sizes.Most)
            {
                // What the warm-up has set off is compiled in the background.
                await Task.Delay(Compiling, TimeProvider.System, stop);
                return Messages ?? Math.Clamp((long)(round / took.TotalSeconds * Seconds), sizes.First, sizes.Most);
            }
        }
    }
}
