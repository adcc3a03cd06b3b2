using System.Text;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Dispatcher.Tests.Forwarding;

/// <summary>Who waits for the result of a message that is rejected is told.</summary>
public sealed class AnswerTests : IAsyncDisposable
{
    private const string Unreadable = """{"fields": {"params": {"worker_type": "a b"}}}""";

    private readonly InMemoryBroker _broker = new();
    private readonly ListLogger _log = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _detours = Task.CompletedTask;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _detours);
        _stop.Dispose();
        _log.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Its_reply_to_gets_a_failure_result()
    {
        var forwarder = await StartAsync("mine");
        var delivery = Delivery(replyTo: "mine");

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        var answer = Sent("mine");
        Assert.Equal(("c", "m.result", "application/json"), (answer.Properties.CorrelationId, answer.Properties.MessageId, answer.Properties.ContentType));
        Assert.Equal("rejected", answer.Properties.HeaderText(HeaderNames.Outcome));
        Assert.Contains("\"a b\"", answer.Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
        Assert.Equal("kept", answer.Properties.HeaderText("of-publisher"));
        Assert.Null(answer.Properties.HeaderText(HeaderNames.ResultOf));
        Assert.Null(answer.Properties.HeaderText(HeaderNames.Reason));
        Assert.Contains("\"error\"", Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
        Assert.Equal(Unreadable, Encoding.UTF8.GetString(Sent("taskqueue.rejected").Body.Span));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task Where_no_pool_came_in_time_it_is_told_so()
    {
        var forwarder = await StartAsync("mine");
        var delivery = Delivery(replyTo: "mine", "resize this", "text/plain", TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2));

        await forwarder.OfferAgainAsync(delivery, TimeSpan.FromHours(1), TestEnds);
        await forwarder.DrainAsync(TestEnds);

        Assert.Equal("unroutable", Sent("mine").Properties.HeaderText(HeaderNames.Outcome));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task A_body_that_nobody_can_read_goes_out_as_it_came()
    {
        var forwarder = await StartAsync("mine");

        await forwarder.OnDeliveryAsync(Delivery(replyTo: "mine", "{"));
        await forwarder.DrainAsync(TestEnds);

        Assert.Equal("{", Encoding.UTF8.GetString(Sent("mine").Body.Span));
    }

    [Fact]
    public async Task A_long_body_is_left_out_and_its_length_said()
    {
        var forwarder = await StartAsync("mine");
        var delivery = Delivery(replyTo: "mine", new string('{', AnswerFactory.LongestBody + 1));

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        Assert.Equal(0, Sent("mine").Body.Length);
        Assert.Equal(AnswerFactory.LongestBody + 1, Sent("mine").Properties.Headers![HeaderNames.BodyOmitted]);
        Assert.Equal(AnswerFactory.LongestBody + 1, Sent("taskqueue.rejected").Body.Length);
    }

    [Theory]
    [InlineData("worker_echo")]
    [InlineData("taskqueue")]
    public async Task A_queue_of_the_system_is_not_answered(string replyTo)
    {
        var forwarder = await StartAsync(replyTo);
        var delivery = Delivery(replyTo);

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        Assert.Equal("taskqueue.rejected", Assert.Single(_broker.Sent).RoutingKey);
        Assert.Contains(_log.Lines, line => line.Text.Contains($"its reply-to {replyTo} is a queue of this system", StringComparison.Ordinal));
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task An_answer_that_nobody_takes_is_dropped_and_the_message_is_done_with()
    {
        var forwarder = await StartAsync();
        var delivery = Delivery(replyTo: "gone");

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        Assert.Contains(_log.Lines, line => line.Text.Contains("The answer m.result is dropped: gone", StringComparison.Ordinal));
        Assert.DoesNotContain(_broker.Declared, queue => queue.Name == "gone");
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task An_answer_that_is_lost_with_its_connection_brings_the_message_back()
    {
        var forwarder = await StartAsync("mine");
        _broker.NextOutcomes.Enqueue(PublishOutcome.Confirmed);
        _broker.NextOutcomes.Enqueue(PublishOutcome.Lost);
        var delivery = Delivery(replyTo: "mine");

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        Assert.Equal([Settlement.Requeue], delivery.Settlements);
    }

    [Fact]
    public async Task Those_that_name_no_reply_to_are_told_of_where_the_operator_wants_them()
    {
        var forwarder = await StartAsync(results: "results");
        var delivery = Delivery(replyTo: null);

        await forwarder.OnDeliveryAsync(delivery);
        await forwarder.DrainAsync(TestEnds);

        Assert.Equal("rejected", Sent("results").Properties.HeaderText(HeaderNames.Outcome));
        Assert.Contains(_broker.Declared, queue => queue.Name == "results");
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task So_is_who_waits_for_one_whose_headers_cannot_be_read()
    {
        var forwarder = await StartAsync("mine");
        var unreadable = new UnreadableMessages(_broker, () => new QueueDefinition("taskqueue.rejected"), Fate.Forwarded, new ServiceLedger(TimeProvider.System), TimeProvider.System, _log.CreateLogger(""))
        {
            Answer = forwarder.AnswerLater,
        };
        var onDelivery = unreadable.Before(_ => throw new InvalidOperationException("It cannot be read."));
        var properties = new MessageProperties { CorrelationId = "c", ReplyTo = "mine", Unreadable = new UnreadableProperties("the header \"deep\" is nested too deep", new byte[] { 0, 0 }) };
        var delivery = new StubDelivery("taskqueue", properties, body: "{"u8.ToArray());

        await onDelivery(delivery);
        await Eventually.TrueAsync(() => delivery.IsSettled, () => $"a settled delivery\n{_log}");

        Assert.Equal(("c", "rejected"), (Sent("mine").Properties.CorrelationId, Sent("mine").Properties.HeaderText(HeaderNames.Outcome)));
        Assert.Contains("\"deep\"", Sent("mine").Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
        Assert.Equal(RawEnvelope.ContentType, Sent("taskqueue.rejected").Properties.ContentType);
        Assert.Equal([Settlement.Ack], delivery.Settlements);
    }

    [Fact]
    public async Task Nobody_is_told_who_did_not_ask()
    {
        var forwarder = await StartAsync("results");

        await forwarder.OnDeliveryAsync(Delivery(replyTo: null));
        await forwarder.DrainAsync(TestEnds);

        Assert.Equal("taskqueue.rejected", Assert.Single(_broker.Sent).RoutingKey);
    }

    private static StubDelivery Delivery(string? replyTo, string body = Unreadable, string contentType = "application/json", DateTimeOffset? unroutableSince = null)
    {
        var headers = new Dictionary<string, object?> { ["of-publisher"] = "kept" };
        if (unroutableSince is { } since)
        {
            headers[HeaderNames.UnroutableSince] = since.ToString("O");
        }

        var properties = new MessageProperties { MessageId = "m", CorrelationId = "c", ReplyTo = replyTo, ContentType = contentType, Headers = headers };
        return new("taskqueue", properties, body: Encoding.UTF8.GetBytes(body));
    }

    private OutgoingMessage Sent(string queue) => _broker.Sent.Last(message => message.RoutingKey == queue);

    private async Task<Forwarder> StartAsync(string? queue = null, string? results = null)
    {
        foreach (var name in (string?[])["taskqueue.rejected", queue])
        {
            if (name is not null)
            {
                await _broker.DeclareQueueAsync(new QueueDefinition(name), TestEnds);
            }
        }

        var forwarder = Forwarders.Of(_broker, TimeProvider.System, _log, results: results);
        _detours = forwarder.RunDetoursAsync(_stop.Token);
        return forwarder;
    }
}
