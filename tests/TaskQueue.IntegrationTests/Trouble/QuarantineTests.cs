using System.Collections.Concurrent;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Trouble;

/// <summary>A message that ends the connection of whoever passes it on is found and set aside, and everything else goes on.</summary>
public sealed class QuarantineTests(SharedBroker shared) : IAsyncLifetime
{
    private const int Messages = 200, Position = 120, Prefetch = 50;

    private static readonly byte[] Poison = "sends you home"u8.ToArray();

    private readonly ListLogger _log = new();
    private readonly TcpProxy _proxy = new(shared.Broker.Port);
    private readonly QueueDefinition _queue = new($"quarantine_{Guid.NewGuid():N}"), _next = new($"quarantine_next_{Guid.NewGuid():N}");
    private readonly ConcurrentBag<string> _aside = [];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Takes_messages_one_by_one_until_the_one_is_found_that_ends_the_connection()
    {
        await using var direct = new RabbitMqBroker(shared.BrokerOptions, _log, TimeProvider.System);
        await direct.ConnectAsync(TestEnds);
        await direct.DeclareQueueAsync(_queue, TestEnds);
        await direct.DeclareQueueAsync(_next, TestEnds);
        for (var i = 0; i < Messages; i++)
        {
            await direct.PublishAsync(Message(_queue, new MessageProperties { MessageId = $"m{i}", Type = i == Position ? Encoding.UTF8.GetString(Poison) : null }), TestEnds);
        }

        _proxy.Poison = Poison;
        await using var broker = new RabbitMqBroker(shared.BrokerOptions with { Port = _proxy.Port }, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(Prefetch), delivery => PassOnAsync(broker, delivery), TestEnds);

        await Eventually.TrueAsync(
            async () => (await direct.InspectQueueAsync(_next.Name, TestEnds))?.Ready >= Messages - 1 && !_aside.IsEmpty, () => $"all but one passed on:\n{_log}");
        Assert.Equal($"m{Position}", Assert.Single(_aside));
        await Eventually.TrueAsync(() => _log.Of(1306).Count == 1, () => $"taken as fast as they come again:\n{_log}");
        var ids = new List<string>();
        while (await direct.GetAsync(_next.Name, TestEnds) is { } passed)
        {
            ids.Add(passed.Properties.MessageId!);
            passed.Settle(Settlement.Ack);
        }

        Assert.Equal(Messages - 1, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain($"m{Position}", ids);
    }

    [Fact]
    public async Task Refuses_what_ends_the_connection_each_time_that_it_is_published()
    {
        _proxy.Poison = Poison;
        await using var broker = new RabbitMqBroker(shared.BrokerOptions with { Port = _proxy.Port }, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await broker.DeclareQueueAsync(_next, TestEnds);

        // As a pool does: until there is an answer.
        var answers = await Task.WhenAll(Enumerable.Range(0, Messages).Select(async i =>
        {
            var message = Message(_next, new MessageProperties { MessageId = $"m{i}", Type = i == Position ? Encoding.UTF8.GetString(Poison) : null });
            PublishAnswer answer;
            do
            {
                answer = await broker.PublishForAnswerAsync(message, TestEnds);
            }
            while (answer.Outcome == PublishOutcome.Lost);
            return answer;
        }));

        Assert.All(answers.Where((_, i) => i != Position), answer => Assert.Equal(PublishOutcome.Confirmed, answer.Outcome));
        Assert.Equal((PublishOutcome.RefusedForGood, RefusalKind.Unacceptable), (answers[Position].Outcome, answers[Position].Refusal?.Kind));
    }

    private static OutgoingMessage Message(QueueDefinition queue, MessageProperties properties) => new(queue.Name, properties, default);

    private ValueTask PassOnAsync(RabbitMqBroker broker, Delivery delivery)
    {
        if (delivery.Properties.Unreadable is { } unreadable)
        {
            Assert.Contains("the connection ended 4 times", unreadable.Reason, StringComparison.Ordinal);
            _aside.Add(delivery.Properties.MessageId!);
            delivery.Settle(Settlement.Ack);
        }
        else
        {
            _ = ArrivesAsync(broker, delivery);
        }

        return ValueTask.CompletedTask;
    }

    private async Task ArrivesAsync(RabbitMqBroker broker, Delivery delivery)
    {
        if (await broker.PublishAsync(Message(_next, delivery.Properties), TestEnds) == PublishOutcome.Confirmed)
        {
            delivery.Settle(Settlement.Ack);
        }
    }
}
