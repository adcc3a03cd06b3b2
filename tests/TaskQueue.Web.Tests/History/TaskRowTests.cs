using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Tests.History;

/// <summary>What a task is, by events that come in any order.</summary>
public sealed class TaskRowTests
{
    // As they happen: two runs, the first of which fails; clocks are a little off.
    private static readonly (TaskEvent Event, string Host)[] Life =
    [
        (new TaskEvent(TaskEventKinds.Dispatched, 1_020) { Id = "a", Type = "resize" }, "dispatcher1"),
        (KeptHistory.Started("a", 1_010), "pool1"),
        (new TaskEvent(TaskEventKinds.Progress, 1_500) { Id = "a", Type = "resize", Attempt = 1 }, "pool1"),
        (KeptHistory.Ended("a", 2_000, "temporary", error: "later"), "pool1"),
        (new TaskEvent(TaskEventKinds.Retried, 2_001) { Id = "a", Type = "resize", Attempt = 1, Until = 9_000 }, "pool1"),
        (KeptHistory.Started("a", 9_050, attempt: 2), "pool2"),
        (KeptHistory.Ended("a", 9_900, attempt: 2), "pool2"),
    ];

    [Fact]
    public void The_end_is_the_same_in_whatever_order_it_is_told() => Prop.ForAll(
        Gen.Shuffle(Life).ToArbitrary(),
        order =>
        {
            var row = new TaskRow(1, "a", 0);
            foreach (var (told, host) in order)
            {
                row.Apply(told, host);
            }

            Assert.Equal((TaskStates.Succeeded, "success", "pool2", 2, "resize"), (row.State, row.Outcome, row.Host, row.Attempts, row.Type));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Each_step_of_a_life_is_a_state()
    {
        var row = new TaskRow(1, "a", 0);
        var states = Life.Select(step =>
        {
            row.Apply(step.Event, step.Host);
            return row.State;
        }).ToList();

        Assert.Equal(["waiting", "running", "running", "failed", "delayed", "running", "succeeded"], states);
    }

    [Fact]
    public void A_buried_task_that_is_kicked_runs_again()
    {
        var row = new TaskRow(1, "a", 0);
        row.Apply(KeptHistory.Ended("a", 1_000, "permanent", attempt: 5, error: "no"), "pool1");
        row.Apply(new TaskEvent(TaskEventKinds.Buried, 1_001) { Id = "a", Attempt = 5 }, "pool1");
        Assert.Equal(TaskStates.Buried, row.State);

        row.Apply(new TaskEvent(TaskEventKinds.Kicked, 900) { Id = "a", By = "somebody" }, "host9");
        Assert.Equal(TaskStates.Waiting, row.State);
        row.Apply(KeptHistory.Started("a", 60_000), "pool1");
        Assert.Equal(TaskStates.Running, row.State);
    }

    [Fact]
    public void That_somebody_has_sent_a_task_back_is_no_news_where_it_runs_already()
    {
        var row = new TaskRow(1, "a", 0);
        row.Apply(new TaskEvent(TaskEventKinds.Buried, 1_000) { Id = "a", Attempt = 5 }, "pool1");
        row.Apply(KeptHistory.Started("a", 61_000), "pool1");
        row.Apply(KeptHistory.Ended("a", 61_500), "pool1");

        row.Apply(new TaskEvent(TaskEventKinds.Kicked, 60_500) { Id = "a", By = "somebody" }, "host9");

        Assert.Equal(TaskStates.Succeeded, row.State);
    }
}
