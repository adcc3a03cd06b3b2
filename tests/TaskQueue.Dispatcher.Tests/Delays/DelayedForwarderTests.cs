using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Dispatcher.Delays;
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
    private readonly DelayedForwarder _forwarder;
    private IConsumer _consumer = null!;

    public DelayedForwarderTests()
    {
        _delays = new DelayQueues(new QueueNames(), QueueType.Classic, _time);
        _forwarder = new DelayedForwarder(_broker, _delays, new ServiceLedger(_time), _time, new Logger<DelayedForwarder>(_log));
    }

    private static OutgoingMessage Task => new("worker_a", new MessageProperties { MessageId = "1", Expiration = "7", Priority = 6 }, "body"u8.ToArray());

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _broker.DeclareQueueAsync(_delays.Entrance, TestEnds);
        await _broker.DeclareQueueAsync(new QueueDefinition("taskqueue"), TestEnds);
        _consumer = await _broker.ConsumeAsync(_delays.Entrance, new ConsumerOptions(1), _forwarder.OnDeliveryAsync, TestEnds);
    }

    public async ValueTask DisposeAsync()
    {
        await _consumer.DisposeAsync();
        await _forwarder.DisposeAsync();
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
        Assert.Equal(Task.Properties with { Headers = null }, message.Properties with { Headers = null });
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

    [Fact]
    public async Task Releases_at_once_what_was_due_before_there_was_time_and_keeps_what_is_due_never()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestEnds);

        await SendAsync(WithDue(long.MinValue), "worker_a");
        await SendAsync(WithDue(long.MaxValue), "taskqueue.delay.4194304s");
    }

    [Fact]
    public async Task Waits_for_the_last_confirm_before_it_is_drained()
    {
        _broker.HoldsAnswers = true;
        await _broker.SendAsync(_delays.Delay(Task, TimeSpan.FromSeconds(1)), new Ignoring(), TestEnds);
        await Eventually.TrueAsync(() => _broker.Sent.Count == 2, () => $"two messages; there are {_broker.Sent.Count}");

        await _consumer.StopTakingAsync(TestEnds);
        var drained = _forwarder.DrainAsync(TestEnds);
        Assert.False(drained.IsCompleted);

        _broker.Answer();
        await drained.WaitAsync(TimeSpan.FromSeconds(30), TestEnds);
    }

    [Fact]
    public async Task Waits_for_no_confirm_when_it_is_disposed_of()
    {
        var queue = new QueueDefinition("other");
        await _broker.DeclareQueueAsync(queue, TestEnds);
        _broker.HoldsAnswers = true;
        await using (var forwarder = new DelayedForwarder(_broker, _delays, new ServiceLedger(_time), _time, new Logger<DelayedForwarder>(_log)))
        {
            await using var consumer = await _broker.ConsumeAsync(queue, new ConsumerOptions(1), forwarder.OnDeliveryAsync, TestEnds);
            await _broker.SendAsync(Task with { RoutingKey = queue.Name }, new Ignoring(), TestEnds);
            await Eventually.TrueAsync(() => _broker.Sent.Count == 2, () => $"two messages; there are {_broker.Sent.Count}");
        }
    }

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
