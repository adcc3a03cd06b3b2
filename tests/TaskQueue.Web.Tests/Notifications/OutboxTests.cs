using TaskQueue.Configuration;
using TaskQueue.Web.Notifications;

namespace TaskQueue.Web.Tests.Notifications;

/// <summary>When somebody is told what.</summary>
public sealed class OutboxTests
{
    private static readonly DateTimeOffset Noon = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly OutboxState _state = new();

    [Fact]
    public void What_happens_within_a_minute_is_one_notification_that_counts()
    {
        var outbox = Outbox();
        outbox.Add([Buried(3)]);
        Assert.Equal(3, Assert.Single(outbox.Due(Noon)!.Occurrences).Count);
        outbox.Taken(Noon);

        outbox.Add([Buried(2), Gone()]);
        outbox.Add([Buried(5)]);

        Assert.Null(outbox.Due(Noon.AddSeconds(59)));
        var next = outbox.Due(Noon.AddSeconds(60))!;
        Assert.Equal([(NotificationKind.Buried, 7), (NotificationKind.Gone, null)], next.Occurrences.Select(occurrence => (occurrence.Kind, occurrence.Count)));
    }

    [Fact]
    public void What_is_not_taken_is_tried_again_as_it_was_later_and_later_for_a_day()
    {
        var outbox = Outbox();
        outbox.Add([Buried(1)]);
        var first = outbox.Due(Noon)!;
        var (at, pauses) = (Noon, new List<double>());
        while (outbox.NotTaken(at) is { } next)
        {
            outbox.Add([Buried(1)]);
            Assert.Null(outbox.Due(next.AddMilliseconds(-1)));
            Assert.Same(first, outbox.Due(next));
            pauses.Add((next - at).TotalSeconds);
            at = next;
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 600, 600], pauses.Take(9));
        Assert.InRange(at - Noon, TimeSpan.FromDays(1), TimeSpan.FromDays(1.1));
        Assert.Equal(pauses.Count, Assert.Single(outbox.Due(at.AddMinutes(1))!.Occurrences).Count);
    }

    [Fact]
    public void There_is_a_bound_to_what_is_gathered()
    {
        var outbox = Outbox();
        outbox.Add(Enumerable.Range(0, 1000).Select(number => new Occurrence(NotificationKind.Gone, $"pool {number}", "is gone")));

        var notification = outbox.Due(Noon)!;

        Assert.Equal((100, 900), (notification.Occurrences.Count, notification.Omitted));
    }

    [Fact]
    public void Nobody_is_told_what_he_does_not_want_to_know()
    {
        var outbox = new Outbox(new NotificationOptions { Name = "ops", Kinds = [NotificationKind.Buried, NotificationKind.Gone], WorkerTypes = ["mail"] }, _state);
        outbox.Add([Buried(1), new Occurrence(NotificationKind.Problem, "p", "p"), Gone()]);

        Assert.Equal([NotificationKind.Gone], outbox.Due(Noon)!.Occurrences.Select(occurrence => occurrence.Kind));
    }

    [Fact]
    public void A_clock_that_steps_back_holds_nothing_up()
    {
        var outbox = Outbox();
        outbox.Add([Gone()]);
        Assert.NotNull(outbox.Due(Noon));
        outbox.Taken(Noon);
        outbox.Add([Gone()]);

        Assert.NotNull(outbox.Due(Noon.AddHours(-1)));
    }

    private Outbox Outbox() => new(new NotificationOptions { Name = "ops" }, _state);

    private static Occurrence Buried(long count) => new(NotificationKind.Buried, "worker_resize.buried", "tasks") { WorkerType = "resize", Count = count };

    private static Occurrence Gone() => new(NotificationKind.Gone, "workerpool on h1", "is gone");
}
