using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Tests.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Settling;

/// <summary>Settling ends, whatever the broker does with what a task turns into.</summary>
public sealed class SettlingEndsTests : IAsyncDisposable
{
    private static readonly PublishRefusal TooLarge = PublishRefusal.TooLarge(2000, 1000);
    private static readonly PublishRefusal Forbidden = new(RefusalKind.NotPermitted, "403 ACCESS_REFUSED");

    private readonly InMemoryBroker _broker = new();
    private readonly RecordingTime _time = new();
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly ListLogger _log = new();
    private readonly TaskSettler _settler;

    public SettlingEndsTests() => _settler = new TaskSettler(
        _broker, new QueueNames(), QueueType.Quorum, _ledger, Tasks.Telemetry(), _time, _log.CreateLogger<TaskSettler>());

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    [Trait("Case", "B2")]
    public async Task A_result_that_is_too_large_is_a_permanent_failure_that_names_both_sizes()
    {
        _broker.AnswerTo = message => Text(message) == "done" ? new PublishAnswer(PublishOutcome.RefusedForGood, TooLarge) : null;
        var delivery = Arrived();

        await _settler.SettleAsync(Tasks.On(delivery), Done());

        await Eventually.TrueAsync(() => delivery.Settlements.Count == 1, () => "the task to be settled");
        var buried = Buried();
        Assert.Equal("permanent", buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.Contains("its body has 2000 bytes, and the broker takes at most 1000", buried.Properties.HeaderText(HeaderNames.Error)!, StringComparison.Ordinal);
        Assert.Single(_broker.Sent, message => Text(message) == "done");
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    [Trait("Case", "B2")]
    public async Task A_failure_result_that_is_too_large_is_sent_without_its_body()
    {
        _broker.AnswerTo = message => message.RoutingKey == "results" && message.Body.Length > 0 ? new PublishAnswer(PublishOutcome.RefusedForGood, TooLarge) : null;
        var delivery = Arrived();

        await _settler.SettleAsync(Tasks.On(delivery), Failed());

        var result = _broker.Sent.Last(message => message.RoutingKey == "results");
        Assert.Equal(("no such file", "6"), (result.Properties.HeaderText(HeaderNames.Error), result.Properties.HeaderText(HeaderNames.BodyOmitted)));
        Buried();
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task A_burial_that_cannot_be_published_leaves_out_the_headers_of_the_publisher()
    {
        _broker.AnswerTo = message => message.Properties.Headers?.ContainsKey("odd") == true && message.RoutingKey == "worker_echo.buried"
            ? new PublishAnswer(PublishOutcome.RefusedForGood, new PublishRefusal(RefusalKind.NotEncodable, "odd"))
            : null;
        var delivery = Arrived(new KeyValuePair<string, object?>("odd", 1));

        await _settler.SettleAsync(Tasks.On(delivery), Failed());

        var buried = _broker.Sent.Last(message => message.RoutingKey == "worker_echo.buried");
        Assert.Equal("no such file", buried.Properties.HeaderText(HeaderNames.Error));
        Assert.NotNull(buried.Properties.HeaderText(HeaderNames.Omitted));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Theory]
    [InlineData("customer", true)]
    [InlineData(null, false)]
    [Trait("Case", "A7")]
    public async Task A_result_whose_queue_is_full_goes_there_by_way_of_the_delay_queues(string? replyTo, bool isGivenUpInTheEnd)
    {
        var place = replyTo ?? "results";
        _broker.AnswerTo = message => message.RoutingKey == place ? new PublishAnswer(PublishOutcome.Refused) : null;
        var delivery = Arrived();
        delivery = Tasks.Arrived(delivery.Properties with { ReplyTo = replyTo }, body: delivery.Body);

        await _settler.SettleAsync(Tasks.On(delivery), Done());

        await Eventually.TrueAsync(() => delivery.Settlements.Count == 1, () => "the task to be settled");
        var delayed = _broker.Sent.Last();
        Assert.Equal(("taskqueue.delay.due", place, "done"), (delayed.RoutingKey, delayed.Properties.HeaderText(HeaderNames.To), Text(delayed)));
        var held = (IReadOnlyDictionary<string, object?>)delayed.Properties.Headers![HeaderNames.Held]!;
        Assert.Equal(isGivenUpInTheEnd, held.ContainsKey("give-up"));
        Assert.Single(_broker.Sent, message => message.RoutingKey == place);
        Assert.Equal([Settlement.Ack], delivery.Settlements);
        Assert.Contains($"Queue {place} takes no results for now", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "A7")]
    public async Task A_full_queue_has_one_line_in_the_log_however_many_results_it_does_not_take()
    {
        _broker.AnswerTo = message => message.RoutingKey == "results" ? new PublishAnswer(PublishOutcome.Refused) : null;
        var deliveries = Enumerable.Range(0, 20).Select(_ => Arrived()).ToList();

        await Task.WhenAll(deliveries.Select(delivery => _settler.SettleAsync(Tasks.On(delivery), Done())));

        await Eventually.TrueAsync(() => deliveries.All(delivery => delivery.Settlements.Count == 1), () => "all to be settled");
        Assert.Single(_log.Of(2302));
    }

    [Fact]
    [Trait("Case", "B1")]
    public async Task A_task_that_cannot_be_buried_waits_longer_each_time_and_its_confirmed_result_is_not_repeated()
    {
        var refused = 0;
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_echo.buried"), TestContext.Current.CancellationToken);
        _broker.AnswerTo = message => IsBurial(message) && ++refused <= 8 ? new PublishAnswer(PublishOutcome.RefusedForGood, Forbidden) : null;
        var delivery = Arrived();

        await _settler.SettleAsync(Tasks.On(delivery), Failed());

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], _time.Delays.Select(delay => delay.TotalSeconds));

        // Once before its queue was declared, and once after.
        Assert.Equal(2, _broker.Sent.Count(message => message.RoutingKey == "results"));
        Assert.Equal(9, _broker.Sent.Count(IsBurial));
        Assert.Equal(0, _settler.Stuck.CountOf("worker_echo"));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
        Assert.Single(_log.Of(2303));
    }

    [Fact]
    [Trait("Case", "B1")]
    public async Task A_task_that_cannot_be_buried_goes_back_at_once_when_its_queue_is_left()
    {
        _time.Holds = true;
        _broker.Refused["worker_echo.buried"] = "403";
        var delivery = Arrived();
        var left = new TaskCompletionSource();
        var settling = _settler.SettleAsync(Tasks.On(delivery, queueLeft: left.Task), Failed());
        await Eventually.TrueAsync(() => _settler.Stuck.CountOf("worker_echo") == 1, () => "the task to be stuck");

        left.SetResult();

        await settling;
        Assert.Equal([Settlement.Requeue], delivery.Settlements);
    }

    [Fact]
    [Trait("Case", "B2")]
    public async Task A_task_that_cannot_be_settled_can_be_cancelled()
    {
        _time.Holds = true;
        _broker.AnswerTo = message => message.RoutingKey == "worker_echo.buried" ? new PublishAnswer(PublishOutcome.RefusedForGood, Forbidden) : null;
        var delivery = Arrived();
        var settling = _settler.SettleAsync(Tasks.On(delivery, ledger: _ledger), Failed());
        await Eventually.TrueAsync(() => _settler.Stuck.CountOf("worker_echo") == 1, () => "the task to be stuck");

        Assert.False(_settler.Stuck.TryCancel("another", "ops"));
        Assert.True(_settler.Stuck.TryCancel("m1", "ops"));

        await settling;
        Assert.Equal([Settlement.Ack], delivery.Settlements);
        Assert.Equal(1, _ledger.Extract(1).Queues["worker_echo"].Deleted);
    }

    [Fact]
    [Trait("Case", "B1")]
    public async Task A_result_for_a_queue_that_may_not_be_declared_is_tried_for_a_while_and_then_fails_its_task()
    {
        _broker.Refused["results"] = "The broker refuses queue \"results\": 403";
        var delivery = Arrived();

        await _settler.SettleAsync(Tasks.On(delivery, new() { ReportFailures = false }), Done());

        await Eventually.TrueAsync(() => delivery.Settlements.Count == 1, () => "the task to be settled");
        Assert.Equal([2, 4, 8, 16], _time.Delays.Select(delay => delay.TotalSeconds));
        Assert.Contains("The broker refuses queue \"results\": 403", Buried().Properties.HeaderText(HeaderNames.Error)!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_for_a_name_that_is_the_brokers_own_fails_its_task_at_once()
    {
        var done = new ResultFrame { TaskId = 1, Outcome = TaskOutcome.Success, Results = [new ResultPart("amq.evil", "application/json", "done"u8.ToArray())] };
        var delivery = Arrived();

        await _settler.SettleAsync(Tasks.On(delivery), new TaskEnd.Reported(done));

        await Eventually.TrueAsync(() => delivery.Settlements.Count == 1, () => "the task to be settled");
        var buried = Buried();
        Assert.Equal("permanent", buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.Contains("amq.evil", buried.Properties.HeaderText(HeaderNames.Error)!, StringComparison.Ordinal);
        Assert.DoesNotContain(_broker.Declared, queue => queue.Name == "amq.evil");
    }

    [Fact]
    [Trait("Case", "B1")]
    public async Task An_error_of_ours_buries_the_task_once()
    {
        var delivery = Arrived();

        _settler.GiveUp(Tasks.On(delivery), new InvalidOperationException("a bug"));

        await Eventually.TrueAsync(() => delivery.Settlements.Count == 1, () => "the task to be settled");
        Assert.Equal("it could not be settled: a bug", Buried().Properties.HeaderText(HeaderNames.Error));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.MinValue)]
    [InlineData(double.MaxValue)]
    public void A_delay_that_a_plugin_asks_for_is_one_that_can_be_had(double days)
    {
        var asked = days < -1 ? TimeSpan.MinValue : days > 1 ? TimeSpan.MaxValue : TimeSpan.FromDays(days);
        var failure = new TaskFailure(FailureKind.Temporary, "later") { RetryAfter = asked };

        Assert.InRange(FailurePolicy.Decide(new(), failure, attempts: 1, chance: 0).Delay, TimeSpan.Zero, TimeSpan.FromDays(366));
    }

    // Sent twice: its queue is declared after the first time.
    private OutgoingMessage Buried() => Assert.Single(_broker.Sent.Where(IsBurial).DistinctBy(message => message.Properties));

    private static bool IsBurial(OutgoingMessage message) => message.RoutingKey == "worker_echo.buried";

    private static string Text(OutgoingMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    private static StubDelivery Arrived(params ReadOnlySpan<KeyValuePair<string, object?>> headers) => Tasks.Arrived(
        new MessageProperties { MessageId = "m1", ContentType = "application/json" }.WithHeaders(headers), body: "{}"u8.ToArray());

    private static TaskEnd.Reported Done() => new(
        new ResultFrame { TaskId = 1, Outcome = TaskOutcome.Success, Results = [new ResultPart(null, "application/json", "done"u8.ToArray())] });

    private static TaskEnd.Reported Failed() => new(new ResultFrame
    {
        TaskId = 1,
        Outcome = TaskOutcome.PermanentFailure,
        Results = [new ResultPart(null, "application/json", "failed"u8.ToArray())],
        Error = "no such file",
    });

    /// <summary>A clock whose timers are due at once, or never.</summary>
    private sealed class RecordingTime : TimeProvider
    {
        /// <summary>Whether nothing becomes due.</summary>
        public bool Holds { get; set; }

        /// <summary>The delays that were asked for.</summary>
        public ConcurrentQueue<TimeSpan> Delays { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Delays.Enqueue(dueTime);
            return base.CreateTimer(callback, state, Holds ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, period);
        }
    }
}
