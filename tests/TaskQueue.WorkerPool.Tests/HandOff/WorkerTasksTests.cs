using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class WorkerTasksTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly WorkerExit Killed = new(ExitCode: 137, Asked: false, Cause: null, []);

    private readonly FakeTimeProvider _time = new();
    private readonly StubPipe _pipe = new(Tasks.Spec(new WorkerGroupOptions { Concurrency = 2, KillAfter = 10 * Second }));
    private readonly Consequences _todo = new();
    private readonly WorkerTasks _tasks;

    public WorkerTasksTests() => _tasks = new WorkerTasks(_pipe, new Lock(), new RefusedTasks(_time), Tasks.Telemetry(), _time);

    [Fact]
    public void Tasks_are_started_in_their_order_as_places_become_free()
    {
        var tasks = Enumerable.Range(0, 5).Select(_ => Hand()).ToList();
        Assert.Equal((5, 3), (_tasks.Count, _tasks.NotStarted));

        Hear(tasks[1], TaskOutcome.Success);

        Assert.Equal((4, 2), (_tasks.Count, _tasks.NotStarted));
        Assert.Equal(tasks.Take(3), _todo.Begun);
        _todo.Clear();
        _tasks.End(Killed, _todo);
        Assert.Equal([tasks[0], tasks[2]], _todo.Ended.Select(ended => ended.Task));
        Assert.All(_todo.Ended, ended => Assert.False(Assert.IsType<TaskEnd.Died>(ended.End).OnPurpose));
        Assert.Equal(tasks.Skip(3), _todo.Back);
    }

    [Fact]
    public void What_a_task_has_used_is_counted_from_its_beginning_to_its_end()
    {
        _pipe.Used = new ResourceUsage(Second, PeakBytes: 10);
        var tasks = Enumerable.Range(0, 3).Select(_ => Hand()).ToList();
        _pipe.Used = new ResourceUsage(3 * Second, PeakBytes: 20);

        Hear(tasks[0], TaskOutcome.Success);
        Assert.Equal([2000, 0], _tasks.Report().Where(task => task.Running).Select(task => (int)task.CpuMilliseconds!));
        _pipe.Used = new ResourceUsage(4 * Second, PeakBytes: 30);
        _tasks.End(Killed, _todo);

        Assert.Equal(
            [new ResourceUsage(2 * Second, 20), new ResourceUsage(3 * Second, 30), new ResourceUsage(Second, 30)],
            _todo.Ended.Select(ended => ended.Task.Used!.Value));
    }

    [Fact]
    public void What_was_given_back_is_not_started()
    {
        var tasks = Enumerable.Range(0, 5).Select(_ => Hand()).ToList();
        _tasks.Recall();

        Hear(tasks[2], TaskOutcome.NotStarted);
        Hear(tasks[0], TaskOutcome.Success);

        Assert.Equal([tasks[0], tasks[1], tasks[3]], _todo.Begun);
        Assert.Equal([tasks[2]], _todo.Back);
    }

    [Fact]
    public void What_nobody_asked_for_is_not_given_back_and_what_has_not_begun_has_no_result()
    {
        var tasks = Enumerable.Range(0, 4).Select(_ => Hand()).ToList();

        Assert.Throws<ProtocolException>(() => Hear(tasks[3], TaskOutcome.NotStarted));
        Assert.Throws<ProtocolException>(() => Hear(tasks[2], TaskOutcome.Success));

        Assert.Equal([tasks[3], tasks[2]], _todo.Back);
        Assert.All(_todo.Back, task => Assert.Equal(TaskState.Waiting, task.State));
    }

    [Fact]
    [Trait("Case", "B5")]
    public void A_process_that_closes_is_not_thought_to_run_what_it_has_not_read()
    {
        var tasks = Enumerable.Range(0, 3).Select(_ => Hand()).ToList();

        _tasks.Hear(new ClosingFrame(tasks[0].Number), _todo);

        Assert.Equal(tasks.Skip(1), _todo.Back);
        Assert.False(_tasks.TakesTasks);
        _tasks.End(Killed, _todo);
        Assert.Same(tasks[0], Assert.Single(_todo.Ended).Task);
    }

    [Fact]
    public void What_a_process_says_of_its_closing_fits_what_it_has_said_and_got()
    {
        var tasks = Enumerable.Range(0, 3).Select(_ => Hand()).ToList();
        Hear(tasks[1], TaskOutcome.Success);

        Assert.Throws<ProtocolException>(() => _tasks.Hear(new ClosingFrame(tasks[0].Number), _todo));
        Assert.Throws<ProtocolException>(() => _tasks.Hear(new ClosingFrame(tasks[2].Number + 1), _todo));
        _tasks.Hear(new ClosingFrame(tasks[2].Number), _todo);
        Assert.Throws<ProtocolException>(() => _tasks.Hear(new ClosingFrame(tasks[2].Number), _todo));

        Assert.Empty(_todo.Back);
    }

    [Fact]
    public void A_task_that_one_process_after_the_other_claims_not_to_have_read_is_charged_with_it()
    {
        var task = Hand();
        for (var processes = 1; processes <= 2; processes++)
        {
            var other = new WorkerTasks(_pipe, new Lock(), new RefusedTasks(_time), Tasks.Telemetry(), _time);
            if (processes > 1)
            {
                other.Hand(task, limit: null, _todo.Begun);
            }

            (processes > 1 ? other : _tasks).Hear(new ClosingFrame(0), _todo);
            Assert.Equal(TaskState.Waiting, task.State);
        }

        var last = new WorkerTasks(_pipe, new Lock(), new RefusedTasks(_time), Tasks.Telemetry(), _time);
        last.Hand(task, limit: null, _todo.Begun);
        Assert.Throws<ProtocolException>(() => last.Hear(new ClosingFrame(0), _todo));
        last.End(Killed, _todo);

        Assert.False(Assert.IsType<TaskEnd.Died>(Assert.Single(_todo.Ended).End).OnPurpose);
    }

    [Fact]
    public void A_task_that_no_worker_can_do_is_charged_once_others_have_succeeded_since()
    {
        var refused = new RefusedTasks(_time);
        var (task, other) = (Hand(), Hand());
        Assert.Equal(2 * Second, refused.Judge(task, TaskOutcome.NotFound));
        refused.HearSuccess(other);
        Assert.Equal(35 * Second, refused.Judge(task, TaskOutcome.NotFound));
        _time.Advance(Second);

        var later = Hand();
        Hear(other, TaskOutcome.Success);
        refused.HearSuccess(later);

        Assert.Null(refused.Judge(task, TaskOutcome.NotFound));
        Assert.Equal(2 * Second, refused.Judge(task, TaskOutcome.NotFound));
    }

    [Fact]
    public void What_the_host_lacks_is_never_charged_to_a_task()
    {
        var refused = new RefusedTasks(_time);
        var task = Hand();
        refused.Judge(task, TaskOutcome.NoRoom);
        _time.Advance(Second);
        refused.HearSuccess(Hand());

        Assert.Equal(35 * Second, refused.Judge(task, TaskOutcome.NoRoom));
    }

    [Fact]
    public void A_process_goes_on_after_a_task_that_it_could_not_do_and_tells_of_the_second_in_a_row()
    {
        _tasks.BeFed();
        var first = Hand();

        Hear(first, TaskOutcome.NoRoom);
        Assert.Equal((first, 2 * Second), (_todo.Ended[0].Task, ((TaskEnd.Reported)_todo.Ended[0].End).StaysAway));
        Assert.Empty(_todo.Refused);
        Hear(Hand(), TaskOutcome.PermanentFailure);
        Hear(Hand(), TaskOutcome.NotFound);

        Assert.Equal((_tasks, "it went wrong", false), Assert.Single(_todo.Refused));
        Assert.True(_tasks.TakesTasks);
        Assert.Empty(_todo.Proven);
        Hear(Hand(), TaskOutcome.Success);
        Assert.Empty(_todo.Proven);
        _pipe.IsInDoubt = true;
        Hear(Hand(), TaskOutcome.PermanentFailure);
        Hear(Hand(), TaskOutcome.Success);
        Assert.Same(_tasks, Assert.Single(_todo.Proven));
    }

    [Fact]
    public void A_process_that_can_do_none_of_its_tasks_ends_those_that_it_runs_and_gets_no_more()
    {
        _tasks.BeFed();
        var beside = Hand();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(_tasks.TakesTasks);
            Hear(Hand(), TaskOutcome.NoRoom);
        }

        Assert.True(_todo.Refused[^1].Closes);
        Assert.False(_tasks.TakesTasks);
        Assert.True(_tasks.Full.IsCompleted);
        Hear(beside, TaskOutcome.Success);
        Assert.Null(((TaskEnd.Reported)_todo.Ended[^1].End).StaysAway);
        _tasks.LetGo();
        Assert.True(_tasks.Drained.IsCompleted);
    }

    [Fact]
    public void A_process_gets_no_more_when_it_could_do_none_for_long()
    {
        _tasks.BeFed();
        Hear(Hand(), TaskOutcome.NoRoom);
        _time.Advance(30 * Second);

        Hear(Hand(), TaskOutcome.NoRoom);

        Assert.True(Assert.Single(_todo.Refused).Closes);
        Assert.False(_tasks.TakesTasks);
    }

    [Fact]
    public void A_process_that_says_that_it_can_do_no_task_gets_no_more_at_once()
    {
        _tasks.BeFed();

        Hear(Hand(), TaskOutcome.Unusable);

        Assert.True(Assert.Single(_todo.Refused).Closes);
        Assert.False(_tasks.TakesTasks);
    }

    [Fact]
    [Trait("Case", "B7")]
    public void A_process_that_does_not_start_what_it_has_a_place_for_is_replaced_and_nobody_blamed()
    {
        var (stuck, beside) = (Hand(wasAskedFor: false), Hand());
        _time.Advance(10 * Second);
        Assert.True(_tasks.AskWhetherStarted());

        Hear(stuck, TaskOutcome.NotStarted);

        Assert.Equal([stuck], _todo.Back);
        Assert.Contains("did not start task", Assert.Single(_todo.ToKill).Cause, StringComparison.Ordinal);
        _tasks.End(Killed, _todo);
        Assert.Equal((beside, true), (_todo.Ended[0].Task, ((TaskEnd.Died)_todo.Ended[0].End).OnPurpose));
    }

    [Fact]
    public void A_cancelled_task_has_kill_after_from_then_whatever_its_limit_is()
    {
        var task = Hand();
        _time.Advance(5 * Second);
        Assert.Same(task, _tasks.Cancel(task.MessageId, "ops@host1"));
        Assert.Equal([task.Number], Cancelled());

        Assert.Equal(10 * Second, Until());
        _time.Advance(9 * Second);
        Assert.Null(_tasks.Running.TakeOverdue(out _));
        _time.Advance(Second);
        var overdue = _tasks.Running.TakeOverdue(out var told);

        Assert.Same(task, overdue);
        Assert.Equal(("ops@host1", false, false), (task.CancelledBy, task.TimedOut, told));
        Assert.Null(Until());
    }

    [Fact]
    public void A_task_that_it_does_not_have_is_none()
    {
        var task = Hand();

        Assert.Throws<ProtocolException>(() => _tasks.Hear(new ResultFrame { TaskId = task.Number + 1, Outcome = TaskOutcome.Success }, _todo));
        Hear(task, TaskOutcome.Success);
        Assert.Throws<ProtocolException>(() => Hear(task, TaskOutcome.Success));
        Assert.Null(_tasks.Handed.MessageIdOf(task.Number));
    }

    [Fact]
    public void The_time_of_a_task_begins_when_it_is_started()
    {
        var (first, second, third) = (Hand(), Hand(), Hand(limit: 5 * Second));
        _time.Advance(60 * Second);
        Assert.Null(_tasks.Running.TakeOverdue(out var told));
        Assert.False(told);
        Assert.Equal(60 * Second, _tasks.Running.LongestRun);

        Hear(first, TaskOutcome.Success);
        _time.Advance(4 * Second);

        Hear(second, TaskOutcome.Success);
        Assert.Equal(Second, Until());
        Assert.Null(_tasks.Running.TakeOverdue(out told));
        Assert.False(told);
        _time.Advance(Second);
        Assert.Null(_tasks.Running.TakeOverdue(out told));
        Assert.True(told);
        Assert.Equal([third.Number], Cancelled());
    }

    [Fact]
    public void A_task_is_told_once_to_end_and_then_given_up_once()
    {
        var task = Hand(limit: Second);
        _time.Advance(Second);
        Assert.Null(_tasks.Running.TakeOverdue(out _));
        Assert.Equal(10 * Second, Until());

        _time.Advance(9 * Second);
        Assert.Null(_tasks.Running.TakeOverdue(out _));
        _time.Advance(Second);

        Assert.Same(task, _tasks.Running.TakeOverdue(out _));
        Assert.Null(_tasks.Running.TakeOverdue(out _));
        Assert.Null(Until());
        Assert.Equal([task.Number], Cancelled());
    }

    [Fact]
    public void Those_that_run_beside_an_overdue_task_are_not_to_blame()
    {
        Hand(limit: Second);
        Hand();
        _time.Advance(Second);
        _tasks.Running.TakeOverdue(out _);
        _time.Advance(10 * Second);

        Assert.NotNull(_tasks.Running.TakeOverdue(out _));

        _tasks.End(Killed, _todo);
        Assert.Equal([false, true], _todo.Ended.Select(ended => ((TaskEnd.Died)ended.End).OnPurpose));
    }

    [Fact]
    public void Lines_without_a_task_belong_to_the_only_one_that_runs()
    {
        Assert.Null(_tasks.Handed.OnlyMessageId());
        var task = Hand();
        Assert.Equal(task.MessageId, _tasks.Handed.OnlyMessageId());
        Hand();
        Assert.Null(_tasks.Handed.OnlyMessageId());
    }

    [Fact]
    public void It_is_asked_once_whether_it_has_started_a_task_that_has_its_place_for_long()
    {
        Hand(wasAskedFor: false);
        Assert.False(_tasks.AskWhetherStarted());
        _time.Advance(10 * Second);

        Assert.True(_tasks.AskWhetherStarted());

        Assert.IsType<RecallFrame>(_pipe.Posted.Last());
        Assert.False(_tasks.AskWhetherStarted());
    }

    // Most of these tests are not about being asked for.
    private PoolTask Hand(TimeSpan? limit = null, bool wasAskedFor = true)
    {
        var task = Tasks.Waiting(Tasks.Arrived(new MessageProperties()));
        _tasks.Hand(task, limit, _todo.Begun);
        task.WasAskedFor = wasAskedFor;
        return task;
    }

    private void Hear(PoolTask task, TaskOutcome outcome) => _tasks.Hear(new ResultFrame { TaskId = task.Number, Outcome = outcome, Error = "it went wrong" }, _todo);

    private TimeSpan? Until() => _tasks.Running.UntilNextLook();

    private IEnumerable<long> Cancelled() => _pipe.Posted.OfType<CancelFrame>().Select(frame => frame.TaskId);
}
