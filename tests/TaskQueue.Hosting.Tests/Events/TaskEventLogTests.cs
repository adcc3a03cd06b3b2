using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting.Events;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Hosting.Tests.Events;

public sealed class TaskEventLogTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Nothing_is_noted_while_nobody_wants_to_know()
    {
        var log = new TaskEventLog(_time);

        Assert.False(log.Chooses("a"));
        log.Add(Failed("a"));
        log.TurnOn();
        Assert.Empty(log.Take(10, long.MaxValue).Events);
    }

    [Fact]
    public void Up_to_the_rate_all_are_chosen_and_beyond_it_a_share_that_follows_the_load()
    {
        var log = new TaskEventLog(_time) { Rate = 400 };
        log.TurnOn();

        Assert.Equal((100, 1d), Run(perTick: 100, ticks: 1));
        Run(perTick: 100_000, ticks: 20);
        var (chosen, share) = Run(perTick: 100_000, ticks: 1);
        Assert.InRange(chosen, 20, 200);
        Assert.InRange(share, 1 / 2048d, 1 / 500d);
        Run(perTick: 10, ticks: 20);
        Assert.Equal((10, 1d), Run(perTick: 10, ticks: 1));

        (int Chosen, double Share) Run(int perTick, int ticks)
        {
            (int Chosen, double Share) last = default;
            for (var tick = 0; tick < ticks; tick++)
            {
                last.Chosen = Enumerable.Range(0, perTick).Count(_ => log.Chooses(Guid.NewGuid().ToString()));
                _time.Advance(TaskEventLog.Tick);
                last.Share = log.Take(int.MaxValue, long.MaxValue).Share;
            }

            return last;
        }
    }

    [Fact]
    public void Failures_are_noted_whatever_the_share()
    {
        var log = new TaskEventLog(_time) { Rate = 0 };
        log.TurnOn();

        Assert.False(log.Chooses("a"));
        log.Add(Failed("a"));
        Assert.True(log.IsOn);
        Assert.Equal((1, 0d), (log.Take(10, long.MaxValue).Events.Count, log.Take(10, long.MaxValue).Share));
    }

    [Fact]
    public void What_finds_no_room_has_a_number_that_never_comes()
    {
        var log = new TaskEventLog(_time);
        log.TurnOn();
        for (var i = 0; i < TaskEventLog.MostEvents + 10; i++)
        {
            log.Add(Failed("a"));
        }

        var first = log.Take(5, long.MaxValue);
        log.Add(Failed("b"));
        var (rest, after) = (log.Take(int.MaxValue, long.MaxValue), log.Take(int.MaxValue, long.MaxValue));

        Assert.Equal((1, 5, 10), (first.First, first.Events.Count, first.Lost));
        Assert.Equal((6, TaskEventLog.MostEvents - 5), (rest.First, rest.Events.Count));
        Assert.Equal((TaskEventLog.MostEvents + 11, 1), (after.First, after.Events.Count));
    }

    private static TaskEvent Failed(string id) => new(TaskEventKinds.Ended, 1) { Id = id, Outcome = "permanent" };
}
