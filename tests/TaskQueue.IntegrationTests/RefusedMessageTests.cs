using System.Globalization;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

/// <summary>What the broker never takes, and what it does not take now, are told apart; and neither hurts other messages.</summary>
public sealed class RefusedMessageTests(RefusedMessageTests.LimitedBroker limited) : IClassFixture<RefusedMessageTests.LimitedBroker>, IDisposable
{
    private const int MostBytes = 1_000_000;

    private readonly ListLogger _log = new();
    private readonly QueueDefinition _queue = new($"refused_{Guid.NewGuid():N}");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    [Trait("Case", "B2")]
    [Trait("Case", "E6")]
    public async Task Bodies_that_are_too_large_are_refused_with_both_sizes_and_no_other_message_is_sent_twice()
    {
        await using var broker = await ConnectedAsync();
        await broker.DeclareQueueAsync(_queue, TestEnds);
        var large = new byte[MostBytes + 1];
        var sending = Enumerable.Range(0, 600).Select(i => broker.PublishForAnswerAsync(
            new OutgoingMessage(_queue.Name, new MessageProperties { MessageId = Number(i) }, i % 100 == 50 ? large : new byte[10]), TestEnds)).ToList();

        var answers = await Task.WhenAll(sending).WaitAsync(TimeSpan.FromSeconds(60), TestEnds);

        var refused = answers.Where(answer => answer.Outcome == PublishOutcome.RefusedForGood).ToList();
        Assert.Equal(6, refused.Count);
        Assert.All(refused, answer => Assert.Equal((RefusalKind.TooLarge, PublishRefusal.TooLarge(MostBytes + 1, MostBytes).Reason), (answer.Refusal!.Kind, answer.Refusal.Reason)));
        Assert.Equal(594, answers.Count(answer => answer.Outcome == PublishOutcome.Confirmed));
        Assert.Equal(594, (await broker.InspectQueueAsync(_queue.Name, TestEnds))!.Ready);

        // The first one closed a channel of its own; from then on the size is known.
        Assert.Single(_log.Of(1201));
        Assert.Empty(_log.Of(1200));
        await broker.DeleteQueueAsync(_queue.Name, TestEnds);
    }

    [Fact]
    public async Task A_large_body_that_the_broker_takes_goes_with_the_others_from_then_on()
    {
        await using var broker = await ConnectedAsync();
        await broker.DeclareQueueAsync(_queue, TestEnds);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(new OutgoingMessage(_queue.Name, new MessageProperties(), new byte[MostBytes]), TestEnds));
        }

        Assert.Equal(3, (await broker.InspectQueueAsync(_queue.Name, TestEnds))!.Ready);
        await broker.DeleteQueueAsync(_queue.Name, TestEnds);
    }

    [Fact]
    [Trait("Case", "B1")]
    public async Task Who_may_not_write_hears_that_and_is_heard_again_when_that_is_mended()
    {
        await using var admin = await ConnectedAsync();
        await admin.DeclareQueueAsync(_queue, TestEnds);
        var user = $"reader_{Guid.NewGuid():N}";
        await limited.Broker.AddUserAsync(user, "secret", ".*", "^$", ".*");
        await using var broker = await ConnectedAsync(limited.Broker.BrokerOptions with { User = user, Password = "secret" });
        var message = new OutgoingMessage(_queue.Name, new MessageProperties { MessageId = "m" }, default);

        var first = await broker.PublishForAnswerAsync(message, TestEnds);
        var others = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => broker.PublishForAnswerAsync(message, TestEnds)));

        Assert.All(others.Append(first), answer => Assert.Equal(RefusalKind.NotPermitted, answer.Refusal?.Kind));
        Assert.Contains("amq.default", first.Refusal!.Reason, StringComparison.Ordinal);
        Assert.Single(_log.Of(1201));

        await limited.Broker.PermitAsync(user, ".*", ".*", ".*");

        await Eventually.TrueAsync(async () => await broker.PublishAsync(message, TestEnds) == PublishOutcome.Confirmed, () => $"a confirm:\n{_log}");
        await admin.DeleteQueueAsync(_queue.Name, TestEnds);
    }

    [Fact]
    public async Task An_exchange_that_does_not_exist_refuses_its_own_messages_only()
    {
        await using var broker = await ConnectedAsync();
        await broker.DeclareQueueAsync(_queue, TestEnds);

        var answer = await broker.PublishForAnswerAsync(new OutgoingMessage("k", new MessageProperties(), default) { Exchange = "nowhere" }, TestEnds);

        Assert.Equal(RefusalKind.NoExchange, answer.Refusal?.Kind);
        Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(new OutgoingMessage(_queue.Name, new MessageProperties(), default), TestEnds));
        await broker.DeleteQueueAsync(_queue.Name, TestEnds);
    }

    [Theory]
    [InlineData(QueueType.Quorum)]
    [InlineData(QueueType.Classic)]
    [Trait("Case", "A7")]
    public async Task A_full_queue_refuses_for_now_and_others_take_meanwhile(QueueType type)
    {
        var full = await BoundedQueue.DeclareAsync(limited.Broker.BrokerOptions, $"{_queue.Name}_full", type, TestEnds);
        var other = _queue;
        await using var broker = await ConnectedAsync();
        await broker.DeclareQueueAsync(other, TestEnds);
        var message = new OutgoingMessage(full, new MessageProperties { MessageId = "m" }, default);
        await Eventually.TrueAsync(async () => await broker.PublishAsync(message, TestEnds) == PublishOutcome.Refused, () => "a refusal");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => broker.PublishAsync(i % 2 == 0 ? message : message with { RoutingKey = other.Name }, TestEnds)));

        Assert.Equal(25, answers.Count(answer => answer == PublishOutcome.Confirmed));
        Assert.Equal(25, answers.Count(answer => answer == PublishOutcome.Refused));
        await broker.DeleteQueueAsync(full, TestEnds);
        await broker.DeleteQueueAsync(other.Name, TestEnds);
    }

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);

    private async Task<RabbitMqBroker> ConnectedAsync(BrokerOptions? options = null)
    {
        var broker = new RabbitMqBroker(options ?? limited.Broker.BrokerOptions, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        return broker;
    }

    /// <summary>A broker with a small <c>max_message_size</c>.</summary>
    public sealed class LimitedBroker : IAsyncLifetime
    {
        public PrivateBroker Broker { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Broker = await PrivateBroker.StartAsync(MostBytes);

        public ValueTask DisposeAsync() => Broker?.DisposeAsync() ?? default;
    }
}
