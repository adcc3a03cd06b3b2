using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Messaging.Tests.Events;

public sealed class EventSamplingTests
{
    private static readonly Gen<ulong> Threshold = Gen.Choose(0, 32).Select(power => power == 32 ? 0 : EventSampling.Everything >> power);

    [Fact]
    public void A_smaller_share_is_a_part_of_every_larger_one() => Prop.ForAll(
        Gen.Zip(Threshold, Threshold).ToArbitrary(),
        shares =>
        {
            var (less, more) = (Math.Min(shares.Item1, shares.Item2), Math.Max(shares.Item1, shares.Item2));
            for (var i = 0; i < 200; i++)
            {
                var id = Guid.NewGuid().ToString();
                Assert.True(!EventSampling.Passes(id, less) || EventSampling.Passes(id, more));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ids_that_are_alike_are_shared_out_evenly()
    {
        const int Ids = 100_000;
        foreach (var name in (Func<int, string>[])[i => $"order-{i}", i => Guid.CreateVersion7().ToString(), i => $"{i:D12}"])
        {
            var passed = Enumerable.Range(0, Ids).Count(i => EventSampling.Passes(name(i), EventSampling.Everything / 4));
            Assert.InRange(passed, Ids / 4 * 0.96, Ids / 4 * 1.04);
        }
    }

    [Fact]
    public void All_pass_or_none_at_the_ends()
    {
        Assert.All(Enumerable.Range(0, 100).Select(i => $"{i}"), id => Assert.True(EventSampling.Passes(id, EventSampling.Everything) && !EventSampling.Passes(id, 0)));
        Assert.Equal((0.25, 1d), (EventSampling.ShareOf(EventSampling.Everything / 4), EventSampling.ShareOf(EventSampling.Everything)));
    }

    [Fact]
    public void Each_time_is_in_the_step_that_reaches_to_it() => Prop.ForAll(
        Gen.Zip(Gen.Choose(0, int.MaxValue), Gen.Choose(0, 10)).Select(pair => TimeSpan.FromTicks((long)pair.Item1 << pair.Item2)).ToArbitrary(),
        time =>
        {
            var bucket = TimeBuckets.Of(time);

            // Times are counted in tenths of a millisecond, rounded up.
            var allowance = TimeSpan.FromMilliseconds(0.1);
            Assert.True(bucket == TimeBuckets.Count - 1 || time <= TimeBuckets.UpperBound(bucket), $"{time} in {bucket}");
            Assert.True(bucket == 0 || time + allowance > TimeBuckets.UpperBound(bucket - 1), $"{time} in {bucket}");
        }).QuickCheckThrowOnFailure();
}
