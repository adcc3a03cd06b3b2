using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;

namespace TaskQueue.Messaging.Tests.Delays;

public sealed class DelayLevelsTests
{
    // How much later than its time a message may leave a level and reach the next, in the model.
    private const int SlowestHopMilliseconds = 200;

    private static readonly Gen<int> Latency = Gen.Choose(0, SlowestHopMilliseconds);

    // Short and long ones alike: the exponent is even, not the length.
    private static readonly Gen<TimeSpan> Delay =
        from bits in Gen.Choose(0, 34)
        from fraction in Gen.Choose(0, 1_000_000)
        let milliseconds = (long)(Math.Pow(2, bits) * (1 + (fraction / 1e6)))
        select TimeSpan.FromMilliseconds(Math.Min(milliseconds, (long)DelayQueues.Longest.TotalMilliseconds));

    private static readonly Gen<(TimeSpan Delay, int[] Latencies)> Journey =
        from delay in Delay
        from latencies in Latency.ArrayOf(64)
        select (delay, latencies);

    [Fact]
    public void A_message_arrives_never_early_and_late_by_no_more_than_the_shortest_level_and_the_last_hop() =>
        Prop.ForAll(Journey.ToArbitrary(), journey =>
        {
            var (late, hops) = Travel(journey.Delay, journey.Latencies);

            return late >= TimeSpan.Zero && late <= DelayLevels.Shortest + TimeSpan.FromMilliseconds(journey.Latencies[hops - 1]);
        }).Holds();

    [Fact]
    public void Levels_become_shorter_with_every_hop_until_the_message_is_due() => Prop.ForAll(Journey.ToArbitrary(), journey =>
    {
        var (_, hops) = Travel(journey.Delay, journey.Latencies);

        // The longest level several times, each of the others once at most.
        var longest = (int)(journey.Delay / DelayLevels.Longest);
        return hops <= longest + DelayLevels.All.Count;
    }).Holds();

    [Fact]
    public void Small_latencies_cost_no_further_hops()
    {
        var tenSeconds = Travel(TimeSpan.FromSeconds(10), [.. Enumerable.Repeat(5, 64)]);
        var anHour = Travel(TimeSpan.FromHours(1), [.. Enumerable.Repeat(5, 64)]);

        // 8 + 2, and 2048 + 1024 + 512 + 16.
        Assert.Equal(2, tenSeconds.Hops);
        Assert.Equal(4, anHour.Hops);
    }

    [Fact]
    public void There_are_few_levels_and_each_fits_a_timer_of_the_broker()
    {
        Assert.Equal(25, DelayLevels.All.Count);
        Assert.Equal(DelayLevels.Longest, DelayLevels.All[^1]);
        Assert.All(DelayLevels.All, level => Assert.InRange(level.TotalMilliseconds, 1, uint.MaxValue));
    }

    [Fact]
    public void A_message_that_its_queue_refuses_waits_longer_the_longer_that_lasts()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), DelayLevels.Retry(TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(16), DelayLevels.Retry(TimeSpan.FromSeconds(20)));
        Assert.Equal(TimeSpan.FromSeconds(64), DelayLevels.Retry(TimeSpan.FromDays(2)));
    }

    /// <summary>Takes a message through the levels, on a clock of the model's own.</summary>
    private static (TimeSpan Late, int Hops) Travel(TimeSpan delay, int[] latencies)
    {
        var (now, hops) = (TimeSpan.Zero, 0);
        while (now < delay)
        {
            now += DelayLevels.Next(delay - now) + TimeSpan.FromMilliseconds(latencies[hops++]);
        }

        return (now - delay, hops);
    }
}
