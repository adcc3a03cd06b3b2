using System.Globalization;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Tests.History;

/// <summary>Finding tasks, page by page.</summary>
public sealed class PagingTests
{
    [Fact]
    public async Task A_thousand_tasks_of_one_millisecond_are_all_listed_once_while_more_happens_to_them()
    {
        using var history = new KeptHistory();
        var ids = Enumerable.Range(0, 1_000).Select(i => $"t{i.ToString("D4", CultureInfo.InvariantCulture)}").ToList();
        history.Write(KeptHistory.Batch(1, [.. ids.Select(id => KeptHistory.Started(id, 5_000))]));
        var ended = 0;

        var all = await history.AllAsync(new HistoryQuery { Limit = 7 }, () => history.Write(KeptHistory.Batch(1_001 + ended, KeptHistory.Ended(ids[ended++], 6_000))));

        Assert.Equal(ids, all.Select(task => task.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Filters_find_what_they_say()
    {
        using var history = new KeptHistory();
        history.Write(KeptHistory.Batch(
            1,
            KeptHistory.Ended("aaaaaaaa-1", 1_000),
            KeptHistory.Ended("aaaaaaaa-2", 2_000, "permanent", error: "100% of_it is \\ broken"),
            KeptHistory.Ended("b-3", 3_000, "temporary", "mail", error: "no route"),
            new TaskEvent(TaskEventKinds.Rejected, 4_000) { Id = "c-4", Error = "unreadable" }));

        await FindsAsync(["c-4", "b-3", "aaaaaaaa-2", "aaaaaaaa-1"], new HistoryQuery());
        await FindsAsync(["aaaaaaaa-2", "aaaaaaaa-1"], new HistoryQuery { Type = "resize" });
        await FindsAsync(["aaaaaaaa-2"], new HistoryQuery { Type = "resize", Outcome = "permanent" });
        await FindsAsync(["b-3"], new HistoryQuery { Outcome = "temporary" });
        await FindsAsync(["b-3", "aaaaaaaa-2"], new HistoryQuery { From = 2_000, To = 4_000 });
        await FindsAsync(["aaaaaaaa-2", "aaaaaaaa-1"], new HistoryQuery { Id = "aaaaaaaa-" });
        await FindsAsync(["b-3"], new HistoryQuery { Id = "b" });
        await FindsAsync(["aaaaaaaa-2"], new HistoryQuery { Error = "100% OF_it is \\" });
        await FindsAsync([], new HistoryQuery { Error = "100_" });
        await FindsAsync(["b-3", "aaaaaaaa-2", "aaaaaaaa-1"], new HistoryQuery { Host = "host1" });
        await FindsAsync(["b-3"], new HistoryQuery { Allowed = new HashSet<string> { "mail", "never" } });
        await FindsAsync([], new HistoryQuery { Type = "never" });

        async Task FindsAsync(string[] expected, HistoryQuery query) => Assert.Equal(expected, (await history.AllAsync(query with { Limit = 2 })).Select(task => task.Id));
    }

    [Fact]
    public async Task A_task_has_its_timeline()
    {
        using var history = new KeptHistory();
        history.Write(
            KeptHistory.Batch("pool", 1, KeptHistory.Started("a", 1_010), KeptHistory.Ended("a", 2_000, "crash", error: "died")),
            KeptHistory.Batch("dispatcher", 1, new TaskEvent(TaskEventKinds.Dispatched, 1_015) { Id = "a", Type = "resize" }),
            KeptHistory.Batch("pool", 3, new TaskEvent(TaskEventKinds.Progress, 1_100) { Id = "a", Attempt = 1, Fraction = 0.1 }, new TaskEvent(TaskEventKinds.Progress, 1_200) { Id = "a", Attempt = 1, Fraction = 0.2 }));

        var timeline = await history.Store.Reader.TaskAsync("a", TestContext.Current.CancellationToken);

        Assert.Equal(["dispatched", "started", "progress", "ended"], timeline!.Events.Select(told => told.Kind));
        Assert.Equal(0.2, (double?)timeline.Events[2].Details["fraction"]);
        Assert.Equal("nobody", (string?)timeline.Events[1].Details["user"]);
        Assert.Equal(("failed", "crash", "died", "host1"), (timeline.Task.State, timeline.Task.Outcome, timeline.Task.Error, timeline.Task.Host));
        Assert.Null(await history.Store.Reader.TaskAsync("b", TestContext.Current.CancellationToken));
    }
}
