using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

/// <summary>A node of their own for tests that stop it, freeze it, or raise its alarms.</summary>
public sealed class FaultyNode : IAsyncLifetime
{
    public RabbitMqNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Node = await RabbitMqNode.StartAsync(new RabbitMqNodeOptions
    {
        Tls = true,
        // For the test that leaves a delivery unsettled for too long; the broker looks at every tick.
        Config = "consumer_timeout = 2000",
        ErlangArguments = "-rabbit channel_tick_interval 500",
    });

    public ValueTask DisposeAsync() => Node?.DisposeAsync() ?? default;
}

/// <summary>What happens when the broker or the connection fails. One after the other, since they share the node.</summary>
public sealed class RabbitMqFaultTests(FaultyNode faulty) : IClassFixture<FaultyNode>, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly ListLogger _log = new();
    private readonly QueueDefinition _queue = new($"fault_{Guid.NewGuid():N}");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private RabbitMqNode Node => faulty.Node;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Loses_nothing_when_the_node_is_killed_and_started_again()
    {
        const int Messages = 3_000, Senders = 50;
        await using var broker = await ConnectedAsync(Node.BrokerOptions);
        // RabbitMQ writes the names of new quorum queues to disk only after half a second; killed before, it forgets their messages.
        await Node.SyncTablesAsync();
        var seen = new ConcurrentDictionary<string, int>();
        var confirmed = 0;
        await using var consumer = await broker.ConsumeAsync(
            _queue,
            new ConsumerOptions(100) { KeepBodies = false },
            delivery =>
            {
                seen.AddOrUpdate(Encoding.UTF8.GetString(delivery.Body.Span), 1, (_, count) => count + 1);
                delivery.Settle(Settlement.Ack);
                return ValueTask.CompletedTask;
            },
            TestEnds);

        var sending = Parallel.ForAsync(0, Messages, new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = TestEnds }, async (i, cancellation) =>
        {
            var message = new OutgoingMessage(_queue.Name, new MessageProperties(), Encoding.UTF8.GetBytes($"{i}"));
            Assert.True(await broker.PublishUntilConfirmedAsync(message, RetryDelay, TimeProvider.System, cancellation));
            Interlocked.Increment(ref confirmed);
        });
        await Eventually.TrueAsync(() => confirmed > Messages / 10, () => $"a start; {confirmed} are confirmed");
        Assert.False(sending.IsCompleted);
        Node.Kill();
        await Node.StartAgainAsync();
        await Eventually.TrueAsync(() => sending.IsCompleted, () => $"all confirmed; {confirmed} are, {seen.Count} came\n{_log}");
        await sending;

        await Eventually.TrueAsync(() => seen.Count == Messages, () => $"all messages; {seen.Count} came\n{_log}");
        Assert.Single(_log.Of(1001));
        Assert.Single(_log.Of(1003));
        Assert.DoesNotContain(_log.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Resumes_when_the_node_restarts_in_good_order_and_forgets_old_deliveries()
    {
        await using var broker = await ConnectedAsync(Node.BrokerOptions);
        var got = new DeliveryList();
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "x");
        var old = (await got.AtLeastAsync(1))[0];
        Assert.False(old.IsLost);

        await Node.StopAsync();
        await Eventually.TrueAsync(() => _log.Of(1001).Count == 1, () => $"the end of the connection in the log:\n{_log}");
        var inspecting = broker.InspectQueueAsync(_queue.Name, TestEnds);
        Assert.False(inspecting.IsCompleted);
        await Eventually.TrueAsync(() => old.IsLost, () => "a delivery that is lost with its connection");
        await Node.StartAgainAsync();

        var again = (await got.AtLeastAsync(2))[1];
        old.Settle(Settlement.Ack);
        Assert.True(again.Redelivered);
        Assert.False(again.IsLost);
        Assert.NotNull(await inspecting);
        again.Settle(Settlement.Ack);
        await EmptyAsync(broker);
    }

    [Fact]
    public async Task Notices_a_frozen_broker_within_two_heartbeats()
    {
        var heartbeat = TimeSpan.FromSeconds(1);
        await using var broker = await ConnectedAsync(Node.BrokerOptions with { Heartbeat = heartbeat, ConnectTimeout = heartbeat });
        var listener = new RecordingListener();
        await broker.SendTextsAsync(_queue.Name, "before");

        await Node.FreezeAsync();
        try
        {
            var clock = Stopwatch.StartNew();
            await broker.SendAsync(new OutgoingMessage(_queue.Name, new MessageProperties(), "lost"u8.ToArray()), listener, TestEnds);
            Assert.Equal(PublishOutcome.Lost, await listener.First.WaitAsync(TestEnds));

            // Half a heartbeat for a machine that is busy with other tests.
            Assert.InRange(clock.Elapsed, heartbeat, 2.5 * heartbeat);
        }
        finally
        {
            await Node.ThawAsync();
        }

        await broker.SendTextsAsync(_queue.Name, "after");
        Assert.Single(listener.Outcomes);
    }

    [Fact]
    public async Task Notices_a_frozen_broker_even_with_more_on_its_way_than_the_socket_takes()
    {
        var heartbeat = TimeSpan.FromSeconds(1);
        var broker = await ConnectedAsync(Node.BrokerOptions with { Heartbeat = heartbeat, ConnectTimeout = heartbeat });
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);
        var listeners = new ConcurrentQueue<RecordingListener>();
        var body = new byte[1_000_000];
        await broker.SendTextsAsync(_queue.Name, "before");

        await Node.FreezeAsync();
        try
        {
            var sending = Task.Run(
                async () =>
                {
                    while (true)
                    {
                        var listener = new RecordingListener();
                        await broker.SendAsync(new OutgoingMessage(_queue.Name, new MessageProperties(), body), listener, enough.Token);
                        listeners.Enqueue(listener);
                    }
                },
                TestEnds);
            await Eventually.TrueAsync(() => _log.Of(1001).Count == 1, () => $"the end of the connection in the log:\n{_log}", TimeSpan.FromSeconds(10));
            await Eventually.TrueAsync(
                () => listeners.All(listener => listener.First.IsCompleted),
                () => $"news of {listeners.Count} messages; of {listeners.Count(l => l.First.IsCompleted)} there is");
            await enough.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);

            // The node is still frozen: closing must not wait for it.
            await broker.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestEnds);
        }
        finally
        {
            await Node.ThawAsync();
        }

        Assert.All(listeners, listener => Assert.Equal([PublishOutcome.Lost], listener.Outcomes));
    }

    [Fact]
    public async Task Publishing_waits_while_the_broker_has_an_alarm_and_consuming_goes_on()
    {
        var interval = TimeSpan.FromMilliseconds(500);
        await using var broker = await ConnectedAsync(Node.BrokerOptions with { ProgressInterval = interval });
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => broker.SendTextsAsync(_queue.Name, $"{i}")));
        var got = new DeliveryList(ack: true);
        _log.Clear();

        await Node.CtlAsync("set_vm_memory_high_watermark", "0.00001");
        try
        {
            // The broker tells connections that publish; this one may still have been taken or not.
            var first = broker.PublishAsync(new OutgoingMessage(_queue.Name, new MessageProperties(), default), TestEnds);
            await Eventually.TrueAsync(() => _log.Of(1004).Count == 1, () => $"the alarm in the log:\n{_log}");
            var second = broker.PublishAsync(new OutgoingMessage(_queue.Name, new MessageProperties(), default), TestEnds);
            await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
            await got.AtLeastAsync(10);

            // Long enough for somebody impatient to give the connection up.
            await Task.Delay(4 * interval, TimeProvider.System, TestEnds);
            Assert.False(second.IsCompleted);
            Assert.NotNull(await broker.InspectQueueAsync(_queue.Name, TestEnds));
            Assert.True(broker.Health.IsHealthy);

            await Node.CtlAsync("set_vm_memory_high_watermark", "0.4");
            Assert.Equal(PublishOutcome.Confirmed, await first);
            Assert.Equal(PublishOutcome.Confirmed, await second);
            await Eventually.TrueAsync(() => _log.Of(1005).Count == 1, () => $"the end of the alarm in the log:\n{_log}");
            await got.AtLeastAsync(12);
        }
        finally
        {
            await Node.CtlAsync("set_vm_memory_high_watermark", "0.4");
        }

        await EmptyAsync(broker);
        Assert.Equal([1004, 1005], _log.Lines.Where(line => line.Level >= LogLevel.Information).Select(line => line.EventId));
    }

    [Fact]
    public async Task Subscribes_again_when_the_broker_closes_the_channel_of_a_delivery_that_was_held_too_long()
    {
        await using var broker = await ConnectedAsync(Node.BrokerOptions);
        var got = new DeliveryList();
        await using var consumer = await broker.ConsumeAsync(_queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_queue.Name, "slow");

        var deliveries = await got.AtLeastAsync(2);
        Assert.True(deliveries[0].IsLost);
        Assert.False(deliveries[1].IsLost);
        deliveries[0].Settle(Settlement.Ack);
        deliveries[1].Settle(Settlement.Ack);

        await EmptyAsync(broker);
        var (expected, words) = (await broker.Diagnosis.IdentifyAsync(TestEnds)).Features.HasAckTimeoutOfConsumers
            ? (1300, "or (RabbitMQ 4.3 and later) a task outlasted its acknowledgement timeout")
            : (1304, "raise consumer_timeout");
        var line = Assert.Single(_log.Lines, line => line.EventId is 1300 or 1304);
        Assert.Equal(expected, line.EventId);
        Assert.Contains(words, line.Text, StringComparison.Ordinal);
        Assert.Single(_log.Of(1301));
        Assert.Empty(_log.Of(1001));
    }

    [Fact]
    public async Task Speaks_tls_with_an_authority_and_a_certificate_of_its_own()
    {
        await using var broker = await ConnectedAsync(Node.TlsBrokerOptions);

        await broker.SendTextsAsync(_queue.Name, "secret");

        Assert.Equal("secret", Encoding.UTF8.GetString((await broker.GetAsync(_queue.Name, TestEnds))!.Body.Span));
    }

    [Fact]
    public async Task Trusts_no_broker_that_its_authority_does_not_vouch_for()
    {
        var folder = Directory.CreateTempSubdirectory("tq-ca-");
        try
        {
            var stranger = new TestCertificates(folder.FullName);
            await using var broker = new RabbitMqBroker(Node.TlsBrokerOptions with { CaFile = stranger.CaFile }, _log, TimeProvider.System);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);

            var connecting = broker.ConnectAsync(enough.Token);
            await Eventually.TrueAsync(() => _log.Of(1002).Count == 1, () => $"trouble in the log:\n{_log}");
            await enough.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
            Assert.Contains("certificate", _log.Of(1002)[0].Text, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<RabbitMqBroker> ConnectedAsync(BrokerOptions options)
    {
        var broker = new RabbitMqBroker(options, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        await broker.DeclareQueueAsync(_queue, TestEnds);
        return broker;
    }

    private Task EmptyAsync(RabbitMqBroker broker)
    {
        QueueState? state = null;
        return Eventually.TrueAsync(
            async () =>
            {
                // Waiting messages do not include those that a consumer holds; purging would not touch those either.
                state = await broker.InspectQueueAsync(_queue.Name, TestEnds);
                return state is { Ready: 0 };
            },
            () => $"an empty queue; it is {state}");
    }
}
