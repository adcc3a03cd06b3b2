using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Trouble;

/// <summary>What happens when the network between us and a healthy broker fails.</summary>
public sealed class NetworkTroubleTests(SharedBroker shared) : IAsyncLifetime
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private readonly ListLogger _log = new();
    private readonly TcpProxy _proxy = new(shared.Broker.Port);
    private readonly QueueDefinition _queue = new($"network_{Guid.NewGuid():N}");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private BrokerOptions Options => shared.BrokerOptions with { Port = _proxy.Port, Heartbeat = Heartbeat, ConnectTimeout = Heartbeat };

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Waits_for_a_broker_that_is_unreachable_at_first_and_says_so_once()
    {
        _proxy.Refuse();
        await using var broker = new RabbitMqBroker(Options, _log, TimeProvider.System);
        Assert.Equal(BrokerCondition.Disconnected, broker.Health.Condition);

        var connecting = broker.ConnectAsync(TestEnds);
        await Eventually.TrueAsync(() => _log.Of(1007).Count >= 2, () => $"three attempts:\n{_log}");
        Assert.Equal(BrokerCondition.Disconnected, broker.Health.Condition);
        Assert.NotNull(broker.Health.Since);
        Assert.Contains($"127.0.0.1:{_proxy.Port}", broker.Health.Reason, StringComparison.Ordinal);
        _proxy.Restore();
        await connecting;

        Assert.Equal(BrokerHealth.Healthy, broker.Health);
        Assert.Equal([1002, 1003], EventsOf(LogLevel.Information));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Goes_on_with_nothing_lost_after_the_connection_was_cut_and_the_broker_away(bool reset)
    {
        await using var broker = await ConnectedAsync();
        var got = new DeliveryList(ack: true);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(10), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "before");
        await got.AtLeastAsync(1);
        _log.Clear();

        _proxy.Refuse();
        _proxy.Cut(reset);
        await Eventually.TrueAsync(() => _log.Of(1007).Count >= 3, () => $"three attempts:\n{_log}");
        var sending = Task.WhenAll(Enumerable.Range(0, 50).Select(i => broker.SendTextsAsync(_queue.Name, $"{i}")));
        Assert.Equal(BrokerCondition.Disconnected, broker.Health.Condition);
        Assert.False(sending.IsCompleted);
        _proxy.Restore();

        await sending;
        await Eventually.TrueAsync(() => got.Texts.Distinct(StringComparer.Ordinal).Count() == 51, () => $"51 messages; there are {got.Texts.Count}");
        Assert.True(broker.Health.IsHealthy);
        Assert.Equal([1001, 1003], EventsOf(LogLevel.Information));
    }

    [Fact]
    public async Task Notices_a_half_open_connection_within_two_heartbeats()
    {
        await using var broker = await ConnectedAsync();
        var got = new DeliveryList();
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(10), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "held");
        var held = (await got.AtLeastAsync(1))[0];
        _log.Clear();

        _proxy.Freeze();
        var clock = Stopwatch.StartNew();
        var sending = broker.SendTextsAsync(_queue.Name, "vanishes at first");
        await Eventually.TrueAsync(() => _log.Of(1001).Count == 1, () => $"the end of the connection:\n{_log}");

        // Half a heartbeat for a machine that is busy with other tests.
        Assert.InRange(clock.Elapsed, Heartbeat, 2.5 * Heartbeat);
        await Eventually.TrueAsync(() => held.IsLost, () => "a delivery that is lost with its connection");
        _proxy.Restore();
        await sending;
        // The broker gives up the old connection in its own time; then it delivers again what was held there.
        await Eventually.TrueAsync(() => got.Texts.Count(text => text == "held") == 2, () => $"the held message again: {string.Join(", ", got.Texts)}");
        await Eventually.TrueAsync(() => got.Texts.Contains("vanishes at first"), () => $"the message that vanished: {string.Join(", ", got.Texts)}");
        Assert.Equal([1001, 1003], EventsOf(LogLevel.Information));
    }

    [Fact]
    public async Task Works_over_a_slow_network()
    {
        await using var broker = await ConnectedAsync();
        var got = new DeliveryList(ack: true);
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(10), got.OnDeliveryAsync, TestEnds);
        _log.Clear();

        _proxy.Delay = TimeSpan.FromMilliseconds(50);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => broker.SendTextsAsync(_queue.Name, $"{i}")));

        await got.AtLeastAsync(100);
        Assert.Empty(EventsOf(LogLevel.Information));
    }

    [Fact]
    public async Task Keeps_trying_with_back_off_after_its_password_was_changed_until_the_file_has_the_new_one()
    {
        var user = $"rotated_{Guid.NewGuid():N}";
        await shared.Broker.AddUserAsync(user, "old", ".*", ".*", ".*");
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "old\n", TestEnds);
            await using var broker = await ConnectedAsync(Options with { User = user, PasswordFile = file });
            await shared.Broker.ChangePasswordAsync(user, "new");
            _log.Clear();

            _proxy.Cut();
            await Eventually.TrueAsync(() => _log.Of(1007).Count >= 2, () => $"three attempts:\n{_log}");
            Assert.Contains($"refuses user \"{user}\"", broker.Health.Reason, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, "new\n", TestEnds);

            await broker.SendTextsAsync(_queue.Name, "with the new one");
            Assert.Equal([1001, 1008, 1003], EventsOf(LogLevel.Information));
            Assert.DoesNotContain("old", _log.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Says_once_that_a_queue_was_deleted_and_once_that_it_is_back()
    {
        await using var broker = await ConnectedAsync();
        var got = new DeliveryList();
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(10), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "gone with its queue");
        var gone = (await got.AtLeastAsync(1))[0];
        _log.Clear();

        await using (var other = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds))
        {
            await other.DeleteQueueAsync(_queue.Name, TestEnds);
        }

        await Eventually.TrueAsync(() => _log.Of(1301).Count == 1, () => $"a new subscription:\n{_log}");
        Assert.True(gone.IsLost);
        gone.Settle(Settlement.Ack);
        await broker.SendTextsAsync(_queue.Name, "in the new one");

        await got.AtLeastAsync(2);
        Assert.Equal([1300, 1301], EventsOf(LogLevel.Information));
    }

    private async Task<RabbitMqBroker> ConnectedAsync(BrokerOptions? options = null)
    {
        var broker = new RabbitMqBroker(options ?? Options, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await broker.DeclareQueueAsync(_queue, TestEnds);
        return broker;
    }

    private int[] EventsOf(LogLevel atLeast) => [.. _log.Lines.Where(line => line.Level >= atLeast).Select(line => line.EventId)];
}
