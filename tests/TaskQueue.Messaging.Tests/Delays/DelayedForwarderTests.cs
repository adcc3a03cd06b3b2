using Microsoft.Extensions.Logging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;

namespace TaskQueue.Messaging.Tests.Delays;

public sealed class DelayedForwarderTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly InMemoryBroker _broker = new();
    private readonly ListLogger _log = new();
    private readonly DelayQueues _delays;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public DelayedForwarderTests()
    {
        _time.Advance(TimeSpan.FromDays(20_000));
        _delays = new DelayQueues(new QueueNames(), QueueType.Classic, _time);
        _running = new DelayedForwarder(_broker, _delays, _time, new Logger<DelayedForwarder>(_log)).RunAsync(_stop.Token, CancellationToken.None);
    }

    private static OutgoingMessage Task => new("worker_a", new MessageProperties { MessageId = "1", Expiration = "7" }, "body"u8.ToArray());

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(30));
        _stop.Dispose();
        _log.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Takes_a_message_through_the_levels_and_releases_it_as_it_was_when_it_is_due()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestContext.Current.CancellationToken);

        var message = await SendAsync(_delays.Delay(Task, TimeSpan.FromSeconds(10)), "taskqueue.delay.8s");
        _time.Advance(TimeSpan.FromSeconds(8.01));
        message = await SendAsync(message with { RoutingKey = _delays.Entrance.Name }, "taskqueue.delay.2s");
        _time.Advance(TimeSpan.FromSeconds(2));
        message = await SendAsync(message with { RoutingKey = _delays.Entrance.Name }, "worker_a");

        Assert.Equal(Task.Properties, message.Properties);
        Assert.Equal(Task.Body.ToArray(), message.Body.ToArray());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Declares_the_queue_that_a_message_is_for_when_it_is_gone_and_says_so()
    {
        var delayed = _delays.Delay(Task, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        await SendAsync(delayed, "worker_a");

        await Eventually.TrueAsync(() => _broker.HasQueue("worker_a"), () => "the queue");
        Assert.Contains("worker_a", Assert.Single(_log.Of(1401)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lets_a_message_wait_that_its_queue_refuses_so_that_others_pass()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestContext.Current.CancellationToken);
        var delayed = _delays.Delay(Task, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(5));
        _broker.NextOutcomes.Enqueue(PublishOutcome.Confirmed);
        _broker.NextOutcomes.Enqueue(PublishOutcome.Refused);

        var waiting = await SendAsync(delayed, "taskqueue.delay.4s");

        Assert.Equal("worker_a", waiting.Properties.HeaderText(HeaderNames.To));
        Assert.Single(_log.Of(1402));
        await SendAsync(waiting with { RoutingKey = _delays.Entrance.Name }, "worker_a");
    }

    [Fact]
    public async Task Rejects_what_it_cannot_read()
    {
        var rejected = await SendAsync(Task with { RoutingKey = _delays.Entrance.Name }, "taskqueue.rejected");

        Assert.Contains("x-taskqueue-due", rejected.Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);
        Assert.Single(_log.Of(1400));
    }

    [Fact]
    public async Task Releases_at_once_what_was_due_before_there_was_time_and_keeps_what_is_due_never()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("worker_a"), TestContext.Current.CancellationToken);

        await SendAsync(WithDue(long.MinValue), "worker_a");
        await SendAsync(WithDue(long.MaxValue), "taskqueue.delay.4194304s");
    }

    [Fact]
    public async Task Waits_for_the_last_confirm_before_it_stops()
    {
        _broker.HoldsAnswers = true;
        await _broker.SendAsync(_delays.Delay(Task, TimeSpan.FromSeconds(1)), new Ignoring(), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _broker.Sent.Count == 2, () => $"two messages; there are {_broker.Sent.Count}");

        await _stop.CancelAsync();
        Assert.False(_running.IsCompleted);

        _broker.Answer();
        await _running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private OutgoingMessage WithDue(long due) =>
        Task with { RoutingKey = _delays.Entrance.Name, Properties = Task.Properties.WithHeaders(new(HeaderNames.Due, due), new(HeaderNames.To, "worker_a")) };

    /// <summary>Sends a message and waits for what the forwarder sends for it to a queue.</summary>
    private async Task<OutgoingMessage> SendAsync(OutgoingMessage message, string expectedNext)
    {
        var before = _broker.Sent.Count(sent => sent.RoutingKey == expectedNext);
        await _broker.SendAsync(message, new Ignoring(), TestContext.Current.CancellationToken);
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
