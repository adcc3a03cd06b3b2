using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Trouble;

/// <summary>Runs alone: three nodes that start and die would upset tests that measure time.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class ClusterCollection;

[Collection<ClusterCollection>]
public sealed class ClusterTests : IAsyncLifetime
{
    private const int Senders = 20, WorkWhileDown = 200;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100), ProgressInterval = TimeSpan.FromSeconds(2);

    private readonly ListLogger _log = new();
    private readonly QueueDefinition _queue = new("work");
    private readonly ConcurrentDictionary<int, bool> _confirmed = new(), _seen = new();
    private RabbitMqCluster _cluster = null!;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await RabbitMqCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Loses_nothing_and_works_on_while_one_node_after_the_other_is_killed()
    {
        var hosts = _cluster.BrokerOptions.Hosts;
        await using var publisher = await ConnectedAsync(hosts);
        await using var worker = await ConnectedAsync([.. hosts.Skip(1), hosts[0]]);
        await publisher.DeclareQueueAsync(_queue, TestEnds);
        await _cluster.WhenCompleteAsync(_queue.Name);
        await _cluster.SyncTablesAsync();
        await using var consumer = await worker.ConsumeAsync(
            _queue,
            new ConsumerOptions(50) { KeepBodies = false },
            delivery =>
            {
                _seen.TryAdd(int.Parse(Encoding.UTF8.GetString(delivery.Body.Span), CultureInfo.InvariantCulture), true);
                delivery.Settle(Settlement.Ack);
                return ValueTask.CompletedTask;
            },
            TestEnds);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);
        var sending = SendAsync(publisher, enough);
        await WorkAsync("with all nodes");

        var leader = await _cluster.LeaderOfAsync(_queue.Name);
        RabbitMqNode? down = null;
        foreach (var node in (RabbitMqNode[])[leader, .. _cluster.Nodes.Where(node => node != leader)])
        {
            if (down is not null)
            {
                await down.StartAgainAsync();
                await _cluster.WhenCompleteAsync(_queue.Name);
            }

            node.Kill();
            down = node;
            await WorkAsync("with a node down");
        }

        await enough.CancelAsync();
        await sending;
        await Eventually.TrueAsync(
            () => _confirmed.Keys.All(_seen.ContainsKey),
            () => $"all {_confirmed.Count} confirmed messages; of these {_confirmed.Keys.Count(_seen.ContainsKey)} came\n{_log}");
        Assert.DoesNotContain(_log.Lines, line => line.Level >= LogLevel.Error);
    }

    private async Task SendAsync(RabbitMqBroker publisher, CancellationTokenSource enough)
    {
        var last = 0;
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                var number = Interlocked.Increment(ref last);
                var message = new OutgoingMessage(_queue.Name, new MessageProperties(), Encoding.UTF8.GetBytes($"{number}"));
                Assert.True(await publisher.PublishUntilConfirmedAsync(message, RetryDelay, TimeProvider.System, TestEnds));
                _confirmed.TryAdd(number, true);
            }
        }));
    }

    private Task WorkAsync(string when)
    {
        var (confirmed, seen) = (_confirmed.Count, _seen.Count);
        return Eventually.TrueAsync(
            () => _confirmed.Count >= confirmed + WorkWhileDown && _seen.Count >= seen + WorkWhileDown,
            () => $"{WorkWhileDown} messages {when}; {_confirmed.Count - confirmed} were confirmed, {_seen.Count - seen} came\n{_log}");
    }

    private async Task<RabbitMqBroker> ConnectedAsync(IReadOnlyList<BrokerHost> hosts)
    {
        var broker = new RabbitMqBroker(
            _cluster.BrokerOptions with { Hosts = hosts, ProgressInterval = ProgressInterval }, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        return broker;
    }
}
