using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Tests.HandOff;

namespace TaskQueue.WorkerPool.Tests.Supervision;

public sealed class ProcessTasksTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly ProcessTasks _tasks;

    public ProcessTasksTests() => _tasks = new ProcessTasks(concurrency: 2, killAfter: 10 * Second, _time);

    [Fact]
    public void Tasks_are_started_in_their_order_as_places_become_free()
    {
        var ids = Enumerable.Range(0, 5).Select(_ => Add()).ToList();
        Assert.Equal((5, 3), (_tasks.Count, _tasks.NotStarted));

        Assert.True(_tasks.Remove(ids[1])!.HasBegun);

        Assert.Equal((4, 2), (_tasks.Count, _tasks.NotStarted));
        var left = _tasks.Clear();
        Assert.Equal([ids[0], ids[2]], left.Where(run => run.HasBegun).Select(run => run.Id));
        Assert.Equal([ids[3], ids[4]], left.Where(run => !run.HasBegun).Select(run => run.Id));
    }

    [Fact]
    public void What_was_given_back_is_not_started()
    {
        var ids = Enumerable.Range(0, 5).Select(_ => Add()).ToList();

        Assert.False(_tasks.Remove(ids[2])!.HasBegun);
        _tasks.Remove(ids[0]);

        Assert.Equal([ids[1], ids[3]], _tasks.Clear().Where(run => run.HasBegun).Select(run => run.Id));
    }

    [Fact]
    public void A_cancelled_task_has_kill_after_from_then_whatever_its_limit_is()
    {
        var id = Add();
        _time.Advance(5 * Second);
        _tasks.Cancel(_tasks.Find(id)!, "ops@host1");

        Assert.Equal(10 * Second, _tasks.UntilOverdue());
        _time.Advance(9 * Second);
        Assert.Null(_tasks.TakeOverdue([]));
        _time.Advance(Second);
        List<long> toCancel = [];
        var overdue = _tasks.TakeOverdue(toCancel);

        Assert.Equal((id, "ops@host1", false), (overdue!.Id, overdue.CancelledBy, overdue.TimedOut));
        Assert.Empty(toCancel);
        Assert.Null(_tasks.UntilOverdue());
    }

    [Fact]
    public void A_task_that_it_does_not_have_is_none()
    {
        var id = Add();

        Assert.Null(_tasks.Remove(id + 1));
        Assert.NotNull(_tasks.Remove(id));
        Assert.Null(_tasks.Remove(id));
        Assert.Null(_tasks.Find(id));
    }

    [Fact]
    public void The_time_of_a_task_begins_when_it_is_started()
    {
        var (first, _, third) = (Add(), Add(), Add(limit: 5 * Second));
        _time.Advance(60 * Second);
        Assert.Null(_tasks.UntilOverdue());
        Assert.Equal(60 * Second, _tasks.LongestRun);

        _tasks.Remove(first);
        _time.Advance(4 * Second);

        Assert.Equal(Second, _tasks.UntilOverdue());
        Assert.Empty(Cancelled());
        _time.Advance(Second);
        Assert.Equal([third], Cancelled());
    }

    [Fact]
    public void A_task_is_told_once_to_end_and_then_given_up_once()
    {
        var id = Add(limit: Second);
        _time.Advance(Second);
        Assert.Equal([id], Cancelled());
        Assert.Equal(10 * Second, _tasks.UntilOverdue());

        _time.Advance(9 * Second);
        Assert.Null(_tasks.TakeOverdue([]));
        _time.Advance(Second);

        Assert.Equal(id, _tasks.TakeOverdue([])!.Id);
        Assert.Null(_tasks.TakeOverdue([]));
        Assert.Null(_tasks.UntilOverdue());
    }

    [Fact]
    public void Those_that_run_beside_an_overdue_task_are_not_to_blame()
    {
        Add(limit: Second);
        Add();
        _time.Advance(Second);
        Cancelled();
        _time.Advance(10 * Second);

        var overdue = _tasks.TakeOverdue([])!;
        _tasks.Excuse(overdue);

        Assert.Equal([false, true], _tasks.Clear().Select(run => run.IsBystander));
    }

    [Fact]
    public void Lines_without_a_task_belong_to_the_only_one_that_runs()
    {
        Assert.Null(_tasks.Only);
        var id = Add();
        Assert.Same(_tasks.Find(id)!.Task, _tasks.Only);
        Add();
        Assert.Null(_tasks.Only);
    }

    private long Add(TimeSpan? limit = null) => _tasks.Add(Tasks.Running(new MessageProperties()), limit);

    private List<long> Cancelled()
    {
        List<long> cancelled = [];
        Assert.Null(_tasks.TakeOverdue(cancelled));
        return cancelled;
    }
}
