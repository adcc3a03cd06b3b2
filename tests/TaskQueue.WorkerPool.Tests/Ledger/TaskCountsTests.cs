using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Tests.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Ledger;

/// <summary>What a pool counts of the tasks that it settles.</summary>
public sealed class TaskCountsTests : IAsyncDisposable
{
    private static readonly MessageProperties Properties = new() { MessageId = "m1", ContentType = "application/json" };

    private readonly InMemoryBroker _broker = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly ServiceLedger _ledger;
    private readonly HeldTasks _tasks;
    private readonly TaskSettler _settler;

    public TaskCountsTests()
    {
        _ledger = new ServiceLedger(_time);
        _tasks = new HeldTasks(_time);
        _settler = new TaskSettler(_broker, new QueueNames(), QueueType.Quorum, _ledger, Tasks.Telemetry(), _time, NullLogger<TaskSettler>.Instance);
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task A_task_counts_as_done_when_its_result_is_confirmed()
    {
        var task = Taken(Tasks.Arrived(Properties));
        _broker.HoldsAnswers = true;

        var settling = _settler.SettleAsync(task, Ended(TaskOutcome.Success));
        Assert.Equal(0, Counts("worker_echo").Done);
        Assert.Equal(1, Counts("worker_echo").Held());
        _broker.Answer();
        await settling;

        Assert.Equal(new QueueCounts { Taken = 1, Done = 1 }, Counts("worker_echo"));
    }

    [Fact]
    public async Task A_buried_task_counts_where_it_leaves_and_where_it_arrives()
    {
        await _settler.SettleAsync(Taken(Tasks.Arrived(Properties)), Ended(TaskOutcome.PermanentFailure));

        Assert.Equal(new QueueCounts { Taken = 1, Buried = 1 }, Counts("worker_echo"));
        Assert.Equal(new QueueCounts { In = 1 }, Counts("worker_echo.buried"));
    }

    [Fact]
    public async Task A_task_that_is_tried_again_counts_where_it_waits_for_that()
    {
        await _settler.SettleAsync(Taken(Tasks.Arrived(Properties)), Ended(TaskOutcome.TemporaryFailure));
        await _settler.ReturnAsync(Taken(Tasks.Arrived(Properties)));

        Assert.Equal(new QueueCounts { Taken = 2, Released = 2, In = 1 }, Counts("worker_echo"));
        Assert.Equal(new QueueCounts { In = 1 }, Counts("taskqueue.delay.due"));
    }

    [Fact]
    public async Task A_task_that_is_dropped_counts_as_deleted()
    {
        var options = new WorkerGroupOptions { OnPermanentFail = FailureAction.Delete };

        await _settler.SettleAsync(Taken(Tasks.Arrived(Properties), options), Ended(TaskOutcome.PermanentFailure));

        Assert.Equal(new QueueCounts { Taken = 1, Deleted = 1 }, Counts("worker_echo"));
    }

    [Fact]
    public async Task A_task_that_the_broker_has_taken_back_is_not_done_for_it_comes_again()
    {
        var delivery = Tasks.Arrived(Properties);
        var task = Taken(delivery);
        delivery.Lost = true;
        Assert.Equal(new QueueCounts { Taken = 1, Back = 1 }, Counts("worker_echo"));

        await _settler.SettleAsync(task, Ended(TaskOutcome.Success));

        Assert.Equal(new QueueCounts { Taken = 1, Back = 1 }, Counts("worker_echo"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_task_that_comes_again_while_it_runs_or_after_it_ended_counts_once(bool endsFirst)
    {
        var delivery = Tasks.Arrived(Properties);
        var task = Taken(delivery);
        delivery.Lost = true;
        if (endsFirst)
        {
            await _settler.SettleAsync(task, Ended(TaskOutcome.Success));
            _tasks.Remove(task);
        }

        var again = Tasks.Arrived(Properties, redelivered: true);
        _ledger.Of(again.Queue).Take();
        Assert.Equal(endsFirst ? Adoption.Settled : Adoption.Joined, _tasks.Adopt(again, out var known));
        Assert.Same(task, known);
        if (!endsFirst)
        {
            await _settler.SettleAsync(task, Ended(TaskOutcome.Success));
        }

        Assert.Equal(new QueueCounts { Taken = 2, Back = 1, Done = 1 }, Counts("worker_echo"));
    }

    [Fact]
    public async Task A_copy_whose_answer_never_came_counts_as_unknown()
    {
        _broker.NextOutcomes.Enqueue(PublishOutcome.Lost);

        await _settler.ReturnAsync(Taken(Tasks.Arrived(Properties)));

        Assert.Equal(new QueueCounts { Taken = 1, Released = 1, In = 1, Unknown = 1 }, Counts("worker_echo"));
    }

    private static TaskEnd.Reported Ended(TaskOutcome outcome) => new(new ResultFrame
    {
        TaskId = 1,
        Outcome = outcome,
        Results = [new ResultPart(null, "application/json", "{}"u8.ToArray())],
        Error = "no",
    });

    private HeldTask Taken(Delivery delivery, WorkerGroupOptions? options = null)
    {
        var task = Tasks.On(delivery, options, _ledger);
        _ledger.Of(delivery.Queue).Take();
        _tasks.Add(task);
        return task;
    }

    private QueueCounts Counts(string queue) => _ledger.Extract(1, _tasks.CountLost).Queues[queue];
}
