using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Unreadable;

public sealed class UnreadableMessagesTests : IDisposable
{
    private const int Flood = 10_000, SetAside = 540, NotSetAside = 541, NotLogged = 542;

    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _log = new();
    private readonly InMemoryBroker _broker = new();
    private readonly Func<Delivery, ValueTask> _onDelivery;

    public UnreadableMessagesTests() => _onDelivery = new UnreadableMessages(
        _broker, () => new QueueDefinition("taskqueue.rejected"), Fate.Forwarded, new ServiceLedger(_time), _time, _log).Before(_ => throw new InvalidOperationException("It cannot be read."));

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_flood_of_messages_that_cannot_be_read_is_set_aside_whole_and_logged_in_a_few_lines()
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("taskqueue.rejected"), TestContext.Current.CancellationToken);
        await HostileAsync(Flood);
        _time.Advance(TimeSpan.FromSeconds(1));
        await HostileAsync(1);

        Assert.Equal(Flood + 1, _broker.Sent.Count);
        Assert.Equal(6, _log.Of(SetAside).Count);
        var dropped = Assert.Single(_log.Of(NotLogged));
        Assert.StartsWith($"More messages were set aside in taskqueue.rejected as they came: {Flood - 5};", dropped.Text, StringComparison.Ordinal);
        Assert.Equal(7, _log.Lines.Count);
    }

    [Fact]
    public async Task What_cannot_be_set_aside_stays_the_brokers_and_is_logged_once_a_second()
    {
        _broker.AnswerTo = _ => new PublishAnswer(PublishOutcome.Refused);

        var deliveries = await HostileAsync(Flood);

        Assert.All(deliveries, delivery => Assert.False(delivery.IsSettled));
        Assert.Single(_log.Of(NotSetAside));
        Assert.Empty(_log.Of(SetAside));
        Assert.Single(_log.Lines);
    }

    private async Task<IReadOnlyList<StubDelivery>> HostileAsync(int count)
    {
        var unreadable = new UnreadableProperties("the header \"deep\" is nested deeper than 128 levels", new byte[] { 0, 0 });
        List<StubDelivery> deliveries = [.. Enumerable.Range(0, count).Select(_ => new StubDelivery("taskqueue", new MessageProperties { Unreadable = unreadable }))];
        foreach (var delivery in deliveries)
        {
            await _onDelivery(delivery);
        }

        return deliveries;
    }
}
