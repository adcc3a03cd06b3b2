using Microsoft.Extensions.Logging;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Dispatcher.Tests.Forwarding;

/// <summary>What becomes of messages that could not be sent.</summary>
public sealed class DetourTests : IAsyncDisposable
{
    private readonly InMemoryBroker _broker = new();
    private readonly ListLogger _log = new();
    private readonly SetBackTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Forwarder _forwarder;
    private readonly Task _detours;

    public DetourTests()
    {
        _forwarder = Forwarders.Of(_broker, _time, _log);
        _detours = _forwarder.RunDetoursAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _detours);
        _stop.Dispose();
        _log.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_message_that_was_refused_goes_back_a_second_later_whatever_the_clock_on_the_wall_shows()
    {
        _broker.NextOutcomes.Enqueue(PublishOutcome.Refused);
        var delivery = Delivery("a");

        _time.SetBackAfterwards = true;
        await _forwarder.OnDeliveryAsync(delivery);

        await Eventually.TrueAsync(() => delivery.Settlements is [Settlement.Requeue], () => "the message back in its queue");
    }

    [Fact]
    public async Task A_message_that_cannot_be_set_aside_comes_back_with_a_delay_and_holds_up_no_other()
    {
        _broker.NextOutcomes.Enqueue(PublishOutcome.Returned);
        _broker.Refused["taskqueue.rejected"] = "no";
        var delivery = Delivery("no worker type can be read out of this, for it begins with (", contentType: "application/json");
        await _forwarder.OnDeliveryAsync(delivery);
        await Eventually.TrueAsync(() => _log.Lines.Any(line => line.Level == LogLevel.Error && line.Exception is BrokerRefusedException), () => $"an error:\n{_log}");
        var tries = _broker.Declared.Count;

        await Eventually.TrueAsync(() => delivery.Settlements is [Settlement.Requeue], () => "the message back in its queue");

        Assert.Equal(1, tries);
        Assert.Equal(1, _broker.Declared.Count(queue => queue.Name == "taskqueue.rejected"));
    }

    [Fact]
    public async Task What_is_rejected_waits_for_a_person_and_expires_no_more()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("taskqueue.rejected"), TestContext.Current.CancellationToken);
        var properties = new MessageProperties { MessageId = "1", ContentType = "application/json", Expiration = "60000", Persistent = false };

        await _forwarder.OnDeliveryAsync(new StubDelivery("taskqueue", properties, body: "no JSON"u8.ToArray()));

        await Eventually.TrueAsync(() => _broker.Sent.Any(message => message.RoutingKey == "taskqueue.rejected"), () => "the message set aside");
        var rejected = _broker.Sent.Last().Properties;
        Assert.Equal((null, true, "60000"), (rejected.Expiration, rejected.Persistent, rejected.HeaderText(HeaderNames.Expiration)));
        Assert.Equal("60000", OriginalMessage.WithoutFailure(rejected).Expiration);
    }

    [Fact]
    public async Task What_no_pool_serves_is_set_aside_with_the_type_that_it_waits_for_and_since_when()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("taskqueue.unroutable"), TestContext.Current.CancellationToken);

        await _forwarder.OnDeliveryAsync(Delivery("resise a.png"));

        await Eventually.TrueAsync(() => _broker.Sent.Any(message => message.RoutingKey == "taskqueue.unroutable"), () => "the message set aside");
        var properties = _broker.Sent.Last().Properties;
        Assert.Equal("resise", properties.HeaderText(HeaderNames.UnroutableType));
        Assert.EndsWith("Z", properties.HeaderText(HeaderNames.UnroutableSince), StringComparison.Ordinal);
    }

    private static StubDelivery Delivery(string body, string contentType = "text/plain") =>
        new("taskqueue", new MessageProperties { MessageId = "1", ContentType = contentType }, body: System.Text.Encoding.UTF8.GetBytes(body));

    /// <summary>A clock that somebody sets back by an hour after each look at it. What it measures is right.</summary>
    private sealed class SetBackTime : TimeProvider
    {
        private TimeSpan _offset;

        public bool SetBackAfterwards { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            var now = base.GetUtcNow() + _offset;
            _offset -= SetBackAfterwards ? TimeSpan.FromHours(1) : TimeSpan.Zero;
            return now;
        }
    }
}
