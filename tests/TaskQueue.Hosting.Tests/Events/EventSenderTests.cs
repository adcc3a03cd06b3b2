using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting.Events;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Events;

public sealed class EventSenderTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000));
    private readonly InMemoryBroker _broker = new();
    private readonly TaskEventLog _log;
    private readonly EventSender _sender;
    private PublishAnswer _answer = new(PublishOutcome.Confirmed);

    public EventSenderTests()
    {
        _log = new TaskEventLog(_time);
        _broker.AnswerTo = message => message.Exchange == "p_taskqueue.events" ? _answer : null;
        _sender = EventSender.Start(
            _log,
            ServiceIdentity.New("workerpool"),
            new EventSource(() => (_broker, new QueueNames("p_")), minute => [new TaskEvent(TaskEventKinds.Counts, minute.ToUnixTimeMilliseconds()) { Type = "echo" }], () => 500),
            _time,
            NullLogger.Instance);
    }

    private IReadOnlyList<EventBatch> Told => [.. _broker.Sent.Select(message => EventBatch.Read(message.Body.Span)!)];

    [Fact]
    public async Task Many_events_go_in_one_message_beside_all_others()
    {
        Add(3);
        await UntilAsync(() => Told.Sum(batch => batch.Events.Count(told => told.Id is not null)) == 3);

        Assert.All(_broker.Sent, message => Assert.True(message.IsAside));
        Assert.Equal(["t0", "t1", "t2"], Told.Single(batch => batch.Events.Any(told => told.Id is not null)).Events.Select(told => told.Id).OfType<string>());
        await UntilAsync(() => Told.Any(batch => batch.Events.Any(told => told.Kind == TaskEventKinds.Counts)));
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_is_noted_and_it_is_asked_again_now_and_then()
    {
        _answer = new PublishAnswer(PublishOutcome.Returned);
        Add(1);
        await UntilAsync(() => !_log.IsOn);
        await UntilAsync(() => _broker.Sent.Count > 3);
        Assert.All(Told.Skip(2), batch => Assert.Empty(batch.Events));
        Assert.False(_log.Chooses("a"));

        _answer = new PublishAnswer(PublishOutcome.Confirmed);
        await UntilAsync(() => _log.IsOn);
        Assert.NotNull(Told[^1].QuietSince);
    }

    [Theory]
    [InlineData(PublishOutcome.Lost)]
    [InlineData(PublishOutcome.Refused)]
    public async Task What_may_not_have_arrived_is_sent_again_with_the_same_numbers(PublishOutcome outcome)
    {
        await UntilAsync(() => _broker.Sent.Count == 1);
        _answer = new PublishAnswer(outcome);
        Add(2);
        await UntilAsync(() => Told.Count(batch => batch.Events.Count > 0) >= 3);
        _answer = new PublishAnswer(PublishOutcome.Confirmed);
        Add(1);
        await UntilAsync(() => Told[^1].Events is [{ Id: "t0" }]);

        var repeated = Told.Where(batch => batch.Events.Count == 2).ToList();
        Assert.All(repeated, batch => Assert.Equal(repeated[0].First, batch.First));
        Assert.Equal(repeated[0].First + 2, Told[^1].First);
    }

    [Fact]
    public async Task A_broker_that_forbids_it_is_left_alone_for_long()
    {
        _answer = new PublishAnswer(PublishOutcome.RefusedForGood, new PublishRefusal(RefusalKind.NotPermitted, "403"));
        await UntilAsync(() => !_log.IsOn);
        var sent = _broker.Sent.Count;
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(sent, _broker.Sent.Count);
    }

    [Fact]
    public async Task The_last_message_tells_the_rest_and_says_that_it_is_the_last()
    {
        await UntilAsync(() => _broker.Sent.Count == 1);
        Add(4_500);

        await _sender.DisposeAsync();

        Assert.Equal(4_501, Told.Sum(batch => batch.Events.Count));
        Assert.Equal([.. Enumerable.Repeat(false, Told.Count - 1), true], Told.Select(batch => batch.Ends));
    }

    public async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _broker.DisposeAsync();
    }

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _log.Add(new TaskEvent(TaskEventKinds.Ended, 1) { Id = $"t{i}" });
        }
    }

    private Task UntilAsync(Func<bool> condition) => _time.PassUntilAsync(condition, () => $"it; {_broker.Sent.Count} messages were sent");
}
