using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Tests.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Settling;

public sealed class TaskSettlerTests : IAsyncDisposable
{
    private static readonly WorkerExit Killed = new(ExitCode: 139, Asked: false, Cause: null, ["about to", "go wrong"]);

    private readonly InMemoryBroker _broker = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly TaskSettler _settler;

    public TaskSettlerTests() =>
        _settler = new TaskSettler(_broker, new QueueNames(), QueueType.Quorum, _ledger, Tasks.Telemetry(), _time, NullLogger<TaskSettler>.Instance);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task A_permanent_failure_is_buried_as_it_came_with_all_that_is_known_of_it()
    {
        var delivery = Arrived("{}", new KeyValuePair<string, object?>("tenant", "acme"));
        var failed = Failed(TaskOutcome.PermanentFailure);

        await _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Reported(failed));

        var buried = Sent("worker_echo.buried");
        Assert.Equal("{}", Encoding.UTF8.GetString(buried.Body.Span));
        Assert.Equal("m1", buried.Properties.MessageId);
        Assert.Null(buried.Properties.Expiration);
        Assert.Equal("60000", buried.Properties.HeaderText(HeaderNames.Expiration));
        Assert.Equal("acme", buried.Properties.HeaderText("tenant"));
        Assert.Equal("permanent", buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.Equal("no such file", buried.Properties.HeaderText(HeaderNames.Error));
        Assert.Equal("System.IO.FileNotFoundException", buried.Properties.HeaderText(HeaderNames.ErrorType));
        Assert.Equal("at line 7", buried.Properties.HeaderText(HeaderNames.Trace));
        Assert.Equal("1", buried.Properties.HeaderText(HeaderNames.Attempts));
        Assert.Equal("1970-01-01T00:00:00.0000000Z", buried.Properties.HeaderText(HeaderNames.FirstFailure));
        Assert.Equal(Environment.MachineName, buried.Properties.HeaderText(HeaderNames.Host));
        Assert.Equal("echo#1", buried.Properties.HeaderText(HeaderNames.Worker));
        Assert.Equal("on_permanent_fail = bury", buried.Properties.HeaderText(HeaderNames.BuriedBy));
        Assert.Equal("failed", Encoding.UTF8.GetString(Sent("results").Body.Span));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task A_task_is_acknowledged_only_when_burial_and_result_are_confirmed()
    {
        var delivery = Arrived("{}");
        _broker.HoldsAnswers = true;

        var settling = _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Reported(Failed(TaskOutcome.UnknownFailure)));

        Assert.Empty(delivery.Settlements);
        Assert.False(settling.IsCompleted);
        _broker.Answer();
        await settling;
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task Without_failure_results_it_is_only_buried()
    {
        await _settler.SettleAsync(
            Tasks.On(Arrived("{}"), new WorkerGroupOptions { ReportFailures = false }), new TaskEnd.Reported(Failed(TaskOutcome.PermanentFailure)));

        Assert.DoesNotContain(_broker.Sent, message => message.RoutingKey == "results");
    }

    [Fact]
    public async Task A_temporary_failure_is_delayed_and_sends_no_result()
    {
        var delivery = Arrived("{}");

        await _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Reported(Failed(TaskOutcome.TemporaryFailure)));

        var delayed = Sent("taskqueue.delay.due");
        Assert.Equal("worker_echo", delayed.Properties.HeaderText(HeaderNames.To));
        Assert.Equal("1", delayed.Properties.HeaderText(HeaderNames.Attempts));
        Assert.InRange(long.Parse(delayed.Properties.HeaderText(HeaderNames.Due)!, provider: null), 54_000, 66_000);
        Assert.DoesNotContain(_broker.Sent, message => message.RoutingKey == "results");
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task A_task_whose_process_died_is_tried_again_at_once_and_counted()
    {
        await _settler.SettleAsync(Tasks.On(Arrived("{}")), new TaskEnd.Died(Killed));

        var again = Sent("worker_echo");
        Assert.Equal("1", again.Properties.HeaderText(HeaderNames.Attempts));
        Assert.Equal("60000", again.Properties.Expiration);
    }

    [Fact]
    public async Task A_task_whose_process_died_every_time_is_buried_with_its_last_output_and_a_result_that_the_pool_makes()
    {
        var delivery = Arrived("{\"fields\":{}}", new(HeaderNames.Attempts, 4), new(HeaderNames.FirstFailure, "2026-01-01T00:00:00Z"));

        await _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Died(Killed));

        var buried = Sent("worker_echo.buried");
        Assert.Equal("crash", buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.Contains("was ended by SIGSEGV", buried.Properties.HeaderText(HeaderNames.Error)!, StringComparison.Ordinal);
        Assert.Equal("about to\ngo wrong", buried.Properties.HeaderText(HeaderNames.Trace));
        Assert.Equal("5", buried.Properties.HeaderText(HeaderNames.Attempts));
        Assert.Equal("2026-01-01T00:00:00Z", buried.Properties.HeaderText(HeaderNames.FirstFailure));
        var result = Encoding.UTF8.GetString(Sent("results").Body.Span);
        Assert.Contains("SIGSEGV", result, StringComparison.Ordinal);
        Assert.Contains("go wrong", result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_is_not_to_blame_goes_back_uncounted()
    {
        var delivery = Arrived("{}", new KeyValuePair<string, object?>(HeaderNames.Attempts, 2));

        await _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Died(Killed, OnPurpose: true));

        Assert.Equal("2", Sent("worker_echo").Properties.HeaderText(HeaderNames.Attempts));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task A_task_that_could_not_be_done_for_now_stays_away_for_a_while_uncounted()
    {
        var delivery = Arrived("{}", new KeyValuePair<string, object?>(HeaderNames.Attempts, 2));

        await _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Reported(Failed(TaskOutcome.Unusable)) { StaysAway = TimeSpan.FromSeconds(2) });

        var again = _broker.Sent.Last();
        Assert.Contains(".delay", again.RoutingKey, StringComparison.Ordinal);
        Assert.Equal("2", again.Properties.HeaderText(HeaderNames.Attempts));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task A_task_that_ended_itself_when_its_time_was_over_has_timed_out()
    {
        await _settler.SettleAsync(
            Tasks.On(Arrived("{}"), new WorkerGroupOptions { OnTimeout = FailureAction.Bury }),
            new TaskEnd.Reported(Failed(TaskOutcome.Cancelled)) { TimedOut = true });

        Assert.Equal("timeout", Sent("worker_echo.buried").Properties.HeaderText(HeaderNames.Reason));
    }

    [Fact]
    public async Task A_task_that_was_done_after_its_time_is_done()
    {
        await _settler.SettleAsync(Tasks.On(Arrived("{}")), new TaskEnd.Reported(Failed(TaskOutcome.Success)) { TimedOut = true });

        Assert.Equal("success", Sent("results").Properties.HeaderText(HeaderNames.Outcome));
    }

    [Fact]
    [Trait("Case", "B3")]
    public async Task A_redelivery_makes_a_task_a_suspect_and_counts_for_nothing()
    {
        var delivery = Tasks.Arrived(new MessageProperties { MessageId = "m1" }.WithHeaders(new(HeaderNames.DeliveryCount, 3L), new(HeaderNames.Attempts, 4)), redelivered: true);

        await _settler.RecordRedeliveryAsync(Tasks.On(delivery));

        var again = Sent("worker_echo").Properties;
        Assert.Equal("4", again.HeaderText(HeaderNames.Attempts));
        Assert.NotNull(again.HeaderText(HeaderNames.Suspect));
        Assert.Null(again.HeaderText(HeaderNames.DeliveryCount));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task A_suspect_that_is_redelivered_has_run_and_stays_one()
    {
        await _settler.RecordRedeliveryAsync(Tasks.On(Tasks.Arrived(Suspect(attempts: 3), redelivered: true)));

        Assert.Equal("4", Sent("worker_echo").Properties.HeaderText(HeaderNames.Attempts));
        Assert.NotNull(Sent("worker_echo").Properties.HeaderText(HeaderNames.Suspect));
    }

    [Fact]
    public async Task Where_no_queue_of_buried_tasks_is_it_is_declared_with_what_is_kept()
    {
        var settler = new TaskSettler(
            _broker, new QueueNames(), QueueType.Quorum, _ledger, Tasks.Telemetry(), _time, NullLogger<TaskSettler>.Instance, keepBuried: () => new Retention(500, TimeSpan.FromDays(1)));
        _broker.NextOutcomes.Enqueue(PublishOutcome.Returned);
        var delivery = Arrived("{}");

        await settler.FailAsync(Tasks.On(delivery, ledger: _ledger), new TaskFailure(FailureKind.Permanent, "no paper"), attempts: 1);

        var declared = Assert.Single(_broker.Declared, queue => queue.Name == "worker_echo.buried");
        Assert.Equal((500, TimeSpan.FromDays(1)), (declared.MaxLength, declared.MessageTtl));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Theory]
    [InlineData(1, "Task m1 failed on echo#1 (permanent, attempt 1 of 5): no paper; it is buried in worker_echo.buried by on_permanent_fail = bury")]
    [InlineData(0, "Task m1 is not started on echo#1 (permanent, after 0 of 5 attempts): no paper; it is buried in worker_echo.buried by on_permanent_fail = bury")]
    public async Task The_log_tells_a_run_that_failed_from_a_task_that_was_not_started(int attempts, string line)
    {
        using var log = new ListLogger();
        var settler = new TaskSettler(_broker, new QueueNames(), QueueType.Quorum, _ledger, Tasks.Telemetry(), _time, new Logger<TaskSettler>(log));

        await settler.FailAsync(Tasks.On(Arrived("{}")), new TaskFailure(FailureKind.Permanent, "no paper"), attempts);

        Assert.Equal(line, log.Lines.First(logged => logged.Level == LogLevel.Warning).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_task_is_neither_retried_nor_buried_and_its_result_says_by_whom(bool killed)
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("results"), TestContext.Current.CancellationToken);
        var failures = new RecentFailures(_time);
        var settler = new TaskSettler(
            _broker, new QueueNames(), QueueType.Quorum, _ledger, Tasks.Telemetry(), _time, NullLogger<TaskSettler>.Instance, failures);
        var delivery = Arrived("{}");
        TaskEnd end = killed ? new TaskEnd.Died(Killed, OnPurpose: true) : new TaskEnd.Reported(Failed(TaskOutcome.Cancelled));

        await settler.SettleAsync(Tasks.On(delivery, ledger: _ledger), end with { CancelledBy = "ops@host1" });

        Assert.All(_broker.Sent, message => Assert.Equal("results", message.RoutingKey));
        var result = Sent("results");
        Assert.Equal(("cancelled", "cancelled by ops@host1"), (result.Properties.HeaderText(HeaderNames.Outcome), result.Properties.HeaderText(HeaderNames.Error)));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
        Assert.Equal(1, _ledger.Extract(1).Queues["worker_echo"].Deleted);
        Assert.Equal(("m1", "cancelled"), (Assert.Single(failures.Latest).Id, failures.Latest[0].Reason));
    }

    [Fact]
    public async Task A_task_that_is_done_in_spite_of_its_cancellation_is_done()
    {
        var delivery = Arrived("{}");
        var done = new ResultFrame { TaskId = 1, Outcome = TaskOutcome.Success, Results = [new ResultPart(null, "application/json", "done"u8.ToArray())] };

        await _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Reported(done) { CancelledBy = "ops@host1" });

        Assert.Equal("success", Sent("results").Properties.HeaderText(HeaderNames.Outcome));
    }

    [Fact]
    public async Task A_task_whose_pool_died_every_time_is_buried()
    {
        await _settler.RecordRedeliveryAsync(Tasks.On(Tasks.Arrived(Suspect(attempts: 4), redelivered: true)));

        Assert.Equal("crash", Sent("worker_echo.buried").Properties.HeaderText(HeaderNames.Reason));
    }

    private static StubDelivery Arrived(string body, params ReadOnlySpan<KeyValuePair<string, object?>> headers) => Tasks.Arrived(
        new MessageProperties { MessageId = "m1", ContentType = "application/json", Expiration = "60000" }.WithHeaders(headers),
        body: Encoding.UTF8.GetBytes(body));

    private static ResultFrame Failed(TaskOutcome outcome) => new()
    {
        TaskId = 1,
        Outcome = outcome,
        Results = [new ResultPart(null, "application/json", "failed"u8.ToArray())],
        Error = "no such file",
        ErrorType = "System.IO.FileNotFoundException",
        Trace = "at line 7",
    };

    private static MessageProperties Suspect(int attempts) =>
        new MessageProperties { MessageId = "m1" }.WithHeaders(new(HeaderNames.Attempts, attempts), new(HeaderNames.Suspect, true));

    private OutgoingMessage Sent(string queue) => _broker.Sent.Last(message => message.RoutingKey == queue);
}
