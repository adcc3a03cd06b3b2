using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.Notifications;

namespace TaskQueue.Web.Tests.Notifications;

/// <summary>What is new between two looks.</summary>
public sealed class SystemWatchTests
{
    private static readonly ServiceIdentity Pool = new("workerpool", "h1", 1, "a"), Dispatcher = new("dispatcher", "h1", 2, "b");
    private static readonly DateTimeOffset Noon = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly WatchState _state = new();

    [Fact]
    public void What_was_there_at_the_first_look_is_no_news_and_what_comes_is_counted()
    {
        Assert.Empty(Look(0, [Buried(40)]));
        Assert.Empty(Look(10, [Buried(40)]));

        var news = Assert.Single(Look(20, [Buried(10_040)], Service(Pool, failures: [new FailureReport(Noon, "1", "other", "crash", "not this"), new FailureReport(Noon, "2", "resize", "crash", "no paper")])));

        Assert.Equal((NotificationKind.Buried, "resize", 10_000, "10,000 more tasks of resize failed for good; 10,040 in worker_resize.buried. The latest failure: no paper"), (news.Kind, news.WorkerType, news.Count, news.Text));
        Assert.Empty(Look(30, [Buried(5)]));
        Assert.Equal("1 more task of resize failed for good; 6 in worker_resize.buried", Assert.Single(Look(40, [Buried(6)])).Text);
    }

    [Fact]
    public void The_first_message_makes_its_queue()
    {
        Look(0, []);

        Assert.Equal("3 more messages could not be dispatched; 3 in taskqueue.rejected", Assert.Single(Look(10, [new AsideCount(NotificationKind.Rejected, "taskqueue.rejected", null, 3)])).Text);
        Assert.Equal("2 more messages could not be dispatched; 5 in taskqueue.rejected", Assert.Single(Look(20, [new AsideCount(NotificationKind.Rejected, "taskqueue.rejected", null, 5)])).Text);
    }

    [Fact]
    public void A_service_is_gone_when_it_has_not_answered_for_a_minute_and_said_once()
    {
        Look(0, [], Service(Pool), Service(Dispatcher));
        Assert.Empty(Look(10, [], Service(Dispatcher)));
        Assert.Empty(Look(60, [], Service(Dispatcher)));

        Assert.Equal("The workerpool on h1 has not answered since 2026-12-01 12:00:10Z", Assert.Single(Look(70, [], Service(Dispatcher))).Text);
        Assert.Empty(Look(200, [], Service(Dispatcher)));

        // Another process, the same service.
        var back = Assert.Single(Look(210, [], Service(Dispatcher), Service(Pool with { Pid = 7, Id = "c" })));
        Assert.Equal(("The workerpool on h1 answers again", true), (back.Text, back.IsOver));
    }

    [Fact]
    public void A_restart_is_no_news()
    {
        Look(0, [], Service(Pool));

        Assert.Empty(Look(10, []));
        Assert.Empty(Look(50, [], Service(Pool with { Pid = 8, Id = "c" })));
        Assert.Empty(Look(100, []));
        Assert.Empty(Look(150, []));
    }

    [Fact]
    public void A_host_that_does_not_come_back_is_forgotten()
    {
        Look(0, [], Service(Pool), Service(Dispatcher));
        Look(10, [], Service(Dispatcher));
        Look(70, [], Service(Dispatcher));
        Look(8 * 86_400, [], Service(Dispatcher));

        Assert.Equal(["dispatcher on h1"], _state.Services.Keys);
    }

    [Fact]
    public void A_problem_is_told_once_and_when_it_is_over()
    {
        var problem = new ServiceProblem(ServiceProblem.DoesNotStart, "there is no user \"x\"") { WorkerType = "poem", Section = "poem" };
        Look(0, [], Service(Pool));

        Assert.Equal("The workerpool on h1: poem does not start: there is no user \"x\"", Assert.Single(Look(10, [], Service(Pool, problem))).Text);
        Assert.Empty(Look(20, [], Service(Pool, problem with { Reason = "another reason" })));

        // Away while the service was: nobody knows.
        Assert.Empty(Look(30, []));
        Assert.Empty(Look(40, [], Service(Pool)));
        Assert.Empty(Look(50, [], Service(Pool, problem)));
        Assert.Empty(Look(60, [], Service(Pool)));
        var over = Assert.Single(Look(120, [], Service(Pool)));
        Assert.Equal(("Over: The workerpool on h1: poem does not start: there is no user \"x\"", true, "poem"), (over.Text, over.IsOver, over.WorkerType));
        Assert.Single(Look(130, [], Service(Pool, problem)));
    }

    private static AsideCount Buried(long ready) => new(NotificationKind.Buried, "worker_resize.buried", "resize", ready);

    private static (ServiceIdentity, ServiceReport) Service(ServiceIdentity service, params ServiceProblem[] problems) => (service, new ServiceReport().With(problems));

    private static (ServiceIdentity, ServiceReport) Service(ServiceIdentity service, IReadOnlyList<FailureReport> failures) => (service, new ServiceReport { Failures = failures });

    private IReadOnlyList<Occurrence> Look(int second, IReadOnlyList<AsideCount> queues, params (ServiceIdentity, ServiceReport)[] services) =>
        new SystemWatch(_state).Look(new SystemSnapshot(queues, services), Noon.AddSeconds(second));
}
