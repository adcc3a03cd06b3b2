using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.Tests.Settling;

public sealed class FailurePolicyTests
{
    private const double NoJitter = 0.5;

    private static readonly WorkerGroupOptions Defaults = new();

    [Fact]
    public void By_default_what_may_pass_is_released_and_the_rest_is_buried()
    {
        Assert.Equal(FailureAction.Bury, Decide(FailureKind.Permanent).Action);
        Assert.Equal(FailureAction.Bury, Decide(FailureKind.Unknown).Action);
        Assert.Equal(FailureAction.Release, Decide(FailureKind.Temporary).Action);
        Assert.Equal(FailureAction.Release, Decide(FailureKind.Timeout).Action);
        Assert.Equal(FailureAction.Release, Decide(FailureKind.Crash).Action);
        Assert.Equal(FailureAction.Delete, Decide(FailureKind.Expired).Action);
    }

    [Fact]
    public void Each_kind_has_an_action_of_its_own()
    {
        var options = new WorkerGroupOptions
        {
            OnPermanentFail = FailureAction.Release,
            OnTemporaryFail = FailureAction.Bury,
            OnTimeout = FailureAction.Delete,
            OnCrash = FailureAction.Bury,
            OnUnknownFail = FailureAction.Delete,
        };

        Assert.Equal(
            [FailureAction.Release, FailureAction.Bury, FailureAction.Delete, FailureAction.Bury, FailureAction.Delete],
            new[] { FailureKind.Permanent, FailureKind.Temporary, FailureKind.Timeout, FailureKind.Crash, FailureKind.Unknown }
                .Select(kind => Decide(kind, options: options).Action));
    }

    [Fact]
    public void A_burial_names_the_setting_that_wants_it()
    {
        var buriesAll = new WorkerGroupOptions { OnTemporaryFail = FailureAction.Bury, OnTimeout = FailureAction.Bury, OnCrash = FailureAction.Bury };

        Assert.Equal(
            ["on_permanent_fail = bury", "on_temporary_fail = bury", "on_timeout = bury", "on_crash = bury", "on_unknown_fail = bury"],
            new[] { FailureKind.Permanent, FailureKind.Temporary, FailureKind.Timeout, FailureKind.Crash, FailureKind.Unknown }
                .Select(kind => Decide(kind, options: buriesAll).Rule));
        Assert.Equal((FailureAction.Bury, "max_attempts = 5"), (Decide(FailureKind.Temporary, attempts: 5).Action, Decide(FailureKind.Temporary, attempts: 5).Rule));
        Assert.Null(Decide(FailureKind.Temporary).Rule);
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(2, 120)]
    [InlineData(4, 480)]
    public void The_delay_grows_with_every_attempt(int attempts, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Decide(FailureKind.Temporary, attempts).Delay);
    }

    [Fact]
    public void It_stops_growing()
    {
        Assert.Equal(TimeSpan.FromHours(1), Decide(FailureKind.Temporary, 900_000, new WorkerGroupOptions { MaxAttempts = 1_000_000 }).Delay);
    }

    [Fact]
    public void The_last_attempt_is_followed_by_the_burial()
    {
        Assert.Equal(FailureAction.Release, Decide(FailureKind.Crash, attempts: 4).Action);
        Assert.Equal(FailureAction.Bury, Decide(FailureKind.Crash, attempts: 5).Action);
    }

    [Fact]
    public void After_the_first_crash_the_task_is_tried_at_once_and_then_it_waits()
    {
        Assert.Equal(TimeSpan.Zero, Decide(FailureKind.Crash, attempts: 1).Delay);
        Assert.Equal(TimeSpan.FromSeconds(60), Decide(FailureKind.Crash, attempts: 2).Delay);
        Assert.Equal(TimeSpan.FromSeconds(120), Decide(FailureKind.Crash, attempts: 3).Delay);
    }

    [Fact]
    public void What_the_plugin_asks_for_is_the_delay()
    {
        var failure = new TaskFailure(FailureKind.Temporary, "later") { RetryAfter = TimeSpan.FromDays(2) };

        Assert.Equal(TimeSpan.FromDays(2), FailurePolicy.Decide(Defaults, failure, attempts: 3, chance: 0.9).Delay);
        Assert.Equal(
            TimeSpan.FromDays(366), FailurePolicy.Decide(Defaults, failure with { RetryAfter = TimeSpan.MaxValue }, attempts: 3, chance: 0.9).Delay);
    }

    [Fact]
    public void Delays_stay_within_a_tenth_of_what_is_configured() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<int>().Where(n => n > 0).ToArbitrary(),
        Gen.Choose(0, 1000).ToArbitrary(),
        (attempts, chance) =>
        {
            var options = Defaults with { MaxAttempts = int.MaxValue };
            var exact = FailurePolicy.Decide(options, new TaskFailure(FailureKind.Timeout, "x"), attempts, NoJitter).Delay;
            var delay = FailurePolicy.Decide(options, new TaskFailure(FailureKind.Timeout, "x"), attempts, chance / 1000.0).Delay;
            return delay >= exact * 0.899 && delay <= exact * 1.101;
        }).QuickCheckThrowOnFailure();

    private static FailureDecision Decide(FailureKind kind, int attempts = 1, WorkerGroupOptions? options = null) =>
        FailurePolicy.Decide(options ?? Defaults, new TaskFailure(kind, "x"), attempts, NoJitter);
}
