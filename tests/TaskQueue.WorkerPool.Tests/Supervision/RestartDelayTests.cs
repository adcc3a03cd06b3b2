using FsCheck;
using FsCheck.Fluent;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.Tests.Supervision;

public sealed class RestartDelayTests
{
    [Fact]
    public void Doubles_from_a_tenth_of_a_second_to_half_a_minute()
    {
        var delays = Enumerable.Range(1, 11).Select(ends => RestartDelay.After(ends).TotalSeconds);

        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30], delays);
    }

    [Fact]
    public void Never_leaves_its_bounds_however_often_the_worker_ends() =>
        Prop.ForAll<int>(
            ArbMap.Default.GeneratorFor<int>().Where(ends => ends > 0).ToArbitrary(),
            ends => RestartDelay.After(ends) >= TimeSpan.FromSeconds(0.1) && RestartDelay.After(ends) <= TimeSpan.FromSeconds(30))
            .QuickCheckThrowOnFailure();
}
