using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Dispatcher.Delays;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Dispatcher.Tests.Forwarding;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;

namespace TaskQueue.Dispatcher.Tests.Delays;

public sealed class DelayedForwarderTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryBroker _broker = new();
    private readonly ListLogger _log = new();
    private readonly DelayQueues _delays;
    private readonly Forwarder _rejecting;
    private readonly DelayedForwarder _forwarder;
    private readonly CancellationTokenSource _stop = new();
    private Task _detours = System.Threading.Tasks.Task.CompletedTask;
    private IConsumer _consumer = null!;

    public DelayedForwarderTests()
    {
        _delays = new DelayQueues(new QueueNames(), QueueType.Classic, _time);
        _rejecting = Forwarders.Of(_broker, _time, _log, results: "results");
        _forwarder = New();
    }

    private static OutgoingMessage Task => new("worker_a", new MessageProperties { MessageId = "1", Expiration = "7", Priority = 6 }, "body"u8.ToArray());

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _broker.DeclareQueueAsync(_delays.Entrance, TestEnds);
        await _broker.DeclareQueueAsync(new QueueDefinition("taskqueue"), TestEnds);
        _detours = _rejecting.RunDetoursAsync(_stop.Token);
        _consumer = await _broker.ConsumeAsync(_delays.Entrance, new ConsumerOptions(1), _forwarder.OnDeliveryAsync, TestEnds);
    }

    public async ValueTask DisposeAsync()
    {
        await _consumer.DisposeAsync();
        await _forwarder.DisposeAsync();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _detours);
        _stop.Dispose();
        _log.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Takes_a_message_through_the_levels_and_releases_it_as_it_was_when_it_is_due()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestEnds);

        var message = await SendAsync(_delays.Delay(Task, TimeSpan.FromSeconds(10)), "taskqueue.delay.8s");
        _time.Advance(TimeSpan.FromSeconds(8.01));
        message = await SendAsync(BackIn(message), "taskqueue.delay.2s");
        _time.Advance(TimeSpan.FromSeconds(2));
        message = await SendAsync(BackIn(message), "worker_a");

        Assert.Equal(Task.Properties, message.Properties);
        Assert.Equal(Task.Body.ToArray(), message.Body.ToArray());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task What_is_delayed_for_a_client_that_may_not_listen_any_more_is_rejected_unless_it_is_an_answer()
    {
        const string Client = "amq.rabbitmq.reply-to.abc";
        await _broker.DeclareQueueAsync(new QueueDefinition(Client), TestEnds);

        var rejected = await SendAsync(BackIn(_delays.Delay(Task with { RoutingKey = Client }, TimeSpan.FromMilliseconds(1))), "taskqueue.rejected");
        Assert.Contains(Client, rejected.Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);

        var answer = new DelayedMessage(0, Client, Task.Properties) { GiveUpMilliseconds = long.MaxValue };
        await SendAsync(BackIn(Task with { Properties = answer.ToProperties() }), Client);
    }

    [Fact]
    public async Task Takes_a_message_through_a_year_in_few_steps()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestEnds);
        var due = _time.GetUtcNow() + DelayQueues.Longest;
        var message = _delays.DelayUntil(Task, due);
        var levels = _delays.All.Where(queue => queue.MessageTtl is not null).ToDictionary(queue => queue.Name, queue => queue.MessageTtl!.Value, StringComparer.Ordinal);
        var stops = 0;

        while (message.RoutingKey != "worker_a")
        {
            message = await SendAsync(BackIn(message));
            if (levels.TryGetValue(message.RoutingKey, out var stay))
            {
                // Each stop costs a little more than it should.
                _time.Advance(stay + TimeSpan.FromMilliseconds(20));
                stops++;
            }
        }

        Assert.InRange(_time.GetUtcNow(), due, due + TimeSpan.FromSeconds(0.5));
        Assert.InRange(stops, 8, 7 + levels.Count);
        Assert.Equal(Task.Properties, message.Properties);
    }

    [Fact]
    public async Task Has_a_task_dispatched_anew_whose_queue_is_gone()
    {
        var delayed = _delays.Delay(Task, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        var message = await SendAsync(delayed, "taskqueue");

        Assert.Equal(Task.Properties, message.Properties);
        Assert.False(_broker.HasQueue("worker_a"));
    }

    [Fact]
    public async Task Makes_no_queue_under_a_name_that_a_message_brings_and_rejects_that_message()
    {
        var delayed = _delays.Delay(Task with { RoutingKey = "anything" }, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        var message = await SendAsync(delayed, "taskqueue.rejected");

        Assert.Contains("\"anything\"", message.Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);
        Assert.Equal(Task.Properties with { Headers = null }, OriginalMessage.WithoutFailure(message.Properties) with { Headers = null });
        Assert.False(_broker.HasQueue("anything"));
    }

    [Fact]
    public async Task Makes_the_queue_of_all_tasks_anew_when_somebody_deleted_it()
    {
        await _broker.DeleteQueueAsync("taskqueue", TestEnds);
        var delayed = _delays.Delay(Task with { RoutingKey = "taskqueue" }, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        await SendAsync(delayed, "taskqueue");

        await Eventually.TrueAsync(() => _broker.HasQueue("taskqueue"), () => "the queue");
    }

    [Fact]
    public async Task Lets_a_message_wait_that_its_queue_refuses_so_that_others_pass()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestEnds);
        var delayed = _delays.Delay(Task, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(5));
        _broker.NextOutcomes.Enqueue(PublishOutcome.Confirmed);
        _broker.NextOutcomes.Enqueue(PublishOutcome.Refused);

        var waiting = await SendAsync(delayed, "taskqueue.delay.4s");

        Assert.Equal("worker_a", waiting.Properties.HeaderText(HeaderNames.To));
        Assert.Single(_log.Of(3200));
        await SendAsync(BackIn(waiting), "worker_a");
    }

    [Fact]
    public async Task Rejects_what_it_cannot_read()
    {
        var rejected = await SendAsync(BackIn(Task), "taskqueue.rejected");

        Assert.Contains("x-taskqueue-due", rejected.Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);
        Assert.Single(_log.Of(3100));
    }

    [Theory]
    [InlineData("soon", "worker_a", "x-taskqueue-due")]
    [InlineData("0", "", "x-taskqueue-to")]
    [InlineData("0", "anything", "which does not exist")]
    public async Task Tells_who_waits_for_the_result_of_what_it_rejects(string due, string to, string reason)
    {
        var message = BackIn(Task) with
        {
            Properties = Task.Properties.WithHeaders(new(HeaderNames.Due, due), new(HeaderNames.To, to)) with { MessageId = null, ReplyTo = "mine", CorrelationId = "c" },
        };
        await _broker.DeclareQueueAsync(new QueueDefinition("mine"), TestEnds);
        await _broker.DeclareQueueAsync(new QueueDefinition("taskqueue.rejected"), TestEnds);

        var answer = await SendAsync(message, "mine");

        Assert.Equal(("c", "rejected"), (answer.Properties.CorrelationId, answer.Properties.HeaderText(HeaderNames.Outcome)));
        Assert.Contains(reason, answer.Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
        var rejected = Assert.Single(_broker.Sent, sent => sent.RoutingKey == "taskqueue.rejected");
        Assert.Equal(answer.Properties.MessageId, $"{rejected.Properties.MessageId}.result");
    }

    [Fact]
    public async Task Tells_of_it_where_the_operator_wants_it_but_not_of_a_result()
    {
        var result = Task.Properties.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Outcome, "success")) with { MessageId = "1.result" };
        await SendAsync(BackIn(Task with { Properties = result }), "taskqueue.rejected");

        var answer = await SendAsync(BackIn(Task), "results");

        Assert.Equal("1.result", answer.Properties.MessageId);
        Assert.DoesNotContain(_broker.Sent, sent => sent.Properties.MessageId == MessageIds.OfResult("1.result"));
    }

    [Fact]
    public async Task Strips_what_no_queue_takes_as_it_is()
    {
        _broker.AnswerTo = sent => sent.RoutingKey is "worker_a" or "taskqueue.rejected" && sent.Properties.Headers?.ContainsKey("bad") is true
            ? new PublishAnswer(PublishOutcome.RefusedForGood, new PublishRefusal(RefusalKind.Unacceptable, "a header"))
            : null;
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestEnds);
        await _broker.DeclareQueueAsync(new QueueDefinition("taskqueue.rejected"), TestEnds);
        var properties = WithDue(0).Properties.WithHeaders(new KeyValuePair<string, object?>("bad", true));
        var (first, second) = (new StubDelivery(_delays.Entrance.Name, properties), new StubDelivery(_delays.Entrance.Name, properties, redelivered: true));

        foreach (var delivery in (StubDelivery[])[first, second])
        {
            await _forwarder.OnDeliveryAsync(delivery);
            await Eventually.TrueAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    return delivery.IsSettled;
                },
                () => $"a settled delivery\n{_log}");
        }

        Assert.Equal((Settlement.Requeue, Settlement.Ack), (Assert.Single(first.Settlements), Assert.Single(second.Settlements)));
        Assert.Equal([HeaderNames.Reason], _broker.Sent.Last(sent => sent.RoutingKey == "taskqueue.rejected").Properties.Headers!.Keys);
    }

    private DelayedForwarder New() => new(_broker, _delays, _rejecting, new ServiceLedger(_time), _time, new Logger<DelayedForwarder>(_log));

    private OutgoingMessage BackIn(OutgoingMessage message) => message with { RoutingKey = _delays.Entrance.Name };

    private OutgoingMessage WithDue(long due) =>
        Task with { RoutingKey = _delays.Entrance.Name, Properties = Task.Properties.WithHeaders(new(HeaderNames.Due, due), new(HeaderNames.To, "worker_a")) };

    /// <summary>Sends a message and waits for what the forwarder sends for it and the broker takes.</summary>
    private async Task<OutgoingMessage> SendAsync(OutgoingMessage message)
    {
        var before = _broker.Sent.Count;
        await _broker.SendAsync(message, new Ignoring(), TestEnds);
        await Eventually.TrueAsync(
            () => _broker.Sent.Count > before + 1 && _broker.HasQueue(_broker.Sent.Last().RoutingKey), () => $"a message that arrives\n{_log}");
        return _broker.Sent.Last();
    }

    /// <summary>Sends a message and waits for what the forwarder sends for it to a queue.</summary>
    private async Task<OutgoingMessage> SendAsync(OutgoingMessage message, string expectedNext)
    {
        var before = _broker.Sent.Count(sent => sent.RoutingKey == expectedNext);
        await _broker.SendAsync(message, new Ignoring(), TestEnds);
        await Eventually.TrueAsync(
            () => _broker.Sent.Count(sent => sent.RoutingKey == expectedNext) > before,
            () => $"a message for {expectedNext}; there are {string.Join(", ", _broker.Sent.Select(sent => sent.RoutingKey))}\n{_log}");
        return _broker.Sent.Last(sent => sent.RoutingKey == expectedNext);
    }

    private sealed class Ignoring : IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
        {
            // The test looks at what was sent.
        }
    }
}
