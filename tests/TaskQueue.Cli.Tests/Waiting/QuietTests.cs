using Microsoft.Extensions.Time.Testing;
using TaskQueue.Cli.Waiting;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Tests.Waiting;

public sealed class QuietTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Quiet _quiet;

    public QuietTests() => _quiet = new Quiet(_time);

    [Fact]
    public void All_is_done_when_two_looks_in_a_row_find_nothing()
    {
        Assert.False(_quiet.IsDone(Look()));
        Assert.False(_quiet.IsDone(Look(ready: 1)));
        Assert.False(_quiet.MayBeDone);
        Assert.False(_quiet.IsDone(Look()));
        Assert.True(_quiet.MayBeDone);
        Assert.True(_quiet.IsDone(Look()));
    }

    [Fact]
    public void Whoever_consumes_and_has_not_answered_may_hold_something_for_ten_seconds()
    {
        for (var second = 0; second < 10; second++)
        {
            Assert.False(_quiet.IsDone(Look(strangers: 1)), $"{second}");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(_quiet.IsDone(Look(strangers: 1)));
        Assert.True(_quiet.IsDone(Look(strangers: 1)));
    }

    [Fact]
    public void One_who_answers_after_all_is_no_stranger()
    {
        Assert.False(_quiet.IsDone(Look(strangers: 1)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_quiet.IsDone(Look()));
        Assert.True(_quiet.IsDone(Look()));
    }

    private static WaitLook Look(long ready = 0, long strangers = 0) =>
        new([new Backlog(new KnownQueue("worker_echo", QueueRole.Worker, "echo"), ready, Consumers: 1, Held: 0, strangers)], Services: 1, Moved: false);
}
