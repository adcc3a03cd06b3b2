using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

/// <summary>What is RabbitMQ's own, and leaves the node alone.</summary>
public sealed class RabbitMqConnectionTests(SharedNode shared) : IDisposable, IClassFixture<SharedNode>
{
    private readonly ListLogger _log = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Is_refused_for_good_with_a_wrong_password()
    {
        await using var broker = Broker(shared.Node.BrokerOptions with { Password = "wrong" });

        var refused = await Assert.ThrowsAsync<BrokerRefusedException>(() => broker.ConnectAsync(TestEnds));

        Assert.Contains($"127.0.0.1:{shared.Node.Port} refuses user \"guest\"", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BrokerRefusedException>(() => broker.InspectQueueAsync("any", TestEnds));
    }

    [Fact]
    public async Task Is_refused_for_good_on_a_vhost_that_does_not_exist()
    {
        await using var broker = Broker(shared.Node.BrokerOptions with { VirtualHost = "nowhere" });

        var refused = await Assert.ThrowsAsync<BrokerRefusedException>(() => broker.ConnectAsync(TestEnds));

        Assert.Contains("vhost \"nowhere\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_the_password_from_its_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "guest\n", TestEnds);
            await using var broker = Broker(shared.Node.BrokerOptions with { PasswordFile = file, Password = "ignored" });

            await broker.ConnectAsync(TestEnds);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Uses_the_first_host_that_answers()
    {
        await using var broker = Broker(shared.Node.BrokerOptions with
        {
            Hosts = [new BrokerHost("no-such-host.invalid"), new BrokerHost("127.0.0.1", 1), new BrokerHost("localhost", shared.Node.Port)],
        });

        await broker.ConnectAsync(TestEnds);

        Assert.Contains($"localhost:{shared.Node.Port}", Assert.Single(_log.Of(1000)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_for_a_host_and_says_so_once()
    {
        await using var broker = Broker(shared.Node.BrokerOptions with { Hosts = [new BrokerHost("127.0.0.1", 1)] });
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);

        var connecting = broker.ConnectAsync(enough.Token);
        await Eventually.TrueAsync(() => _log.Of(1007).Count >= 2, () => $"three attempts:\n{_log}");
        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Single(_log.Lines, line => line.Level >= LogLevel.Information);
    }

    [Fact]
    public async Task Refuses_only_the_message_that_the_broker_does_not_like()
    {
        var queue = await DeclaredAsync();
        await using var broker = await ConnectedAsync();
        var senders = Enumerable.Range(0, 500).Select(async i =>
        {
            var properties = new MessageProperties { MessageId = $"{i}", Expiration = i == 250 ? "garbage" : null };
            var message = new OutgoingMessage(queue.Name, properties, Encoding.UTF8.GetBytes($"{i}"));
            while (true)
            {
                var outcome = await broker.PublishAsync(message, TestEnds);
                if (outcome != PublishOutcome.Lost)
                {
                    return outcome;
                }
            }
        });

        var outcomes = await Task.WhenAll(senders).WaitAsync(TimeSpan.FromSeconds(60), TestEnds);

        Assert.Equal(PublishOutcome.RefusedForGood, outcomes[250]);
        Assert.Equal(499, outcomes.Count(outcome => outcome == PublishOutcome.Confirmed));
        Assert.Contains("invalid expiration", Assert.Single(_log.Of(1201)).Text, StringComparison.Ordinal);
        Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(new OutgoingMessage(queue.Name, new MessageProperties(), default), TestEnds));
        await broker.DeleteQueueAsync(queue.Name, TestEnds);
    }

    [Fact]
    public async Task Tells_the_caller_of_a_message_that_cannot_be_put_in_frames_and_goes_on()
    {
        var queue = await DeclaredAsync();
        await using var broker = await ConnectedAsync();
        var listener = new RecordingListener();

        await broker.SendAsync(new OutgoingMessage(new string('x', 300), new MessageProperties(), default), listener, TestEnds);
        var outcome = await broker.PublishAsync(new OutgoingMessage(queue.Name, new MessageProperties(), default), TestEnds);

        Assert.Equal([PublishOutcome.RefusedForGood], listener.Outcomes);
        Assert.Equal(PublishOutcome.Confirmed, outcome);
        await broker.DeleteQueueAsync(queue.Name, TestEnds);
    }

    [Fact]
    public async Task Says_once_that_a_queue_exists_with_other_arguments()
    {
        var queue = await DeclaredAsync();
        await using var broker = await ConnectedAsync();

        await broker.DeclareQueueAsync(queue with { Type = QueueType.Classic }, TestEnds);
        await broker.DeclareQueueAsync(queue with { Type = QueueType.Classic }, TestEnds);

        Assert.Contains(queue.Name, Assert.Single(_log.Of(1100)).Text, StringComparison.Ordinal);
        await broker.DeleteQueueAsync(queue.Name, TestEnds);
    }

    [Fact]
    public async Task Forwards_a_message_with_a_user_id_with_that_in_a_header()
    {
        var queue = await DeclaredAsync();
        await using var broker = await ConnectedAsync();

        await broker.PublishAsync(new OutgoingMessage(queue.Name, new MessageProperties { UserId = "somebody-else" }, default), TestEnds);
        var delivery = await broker.GetAsync(queue.Name, TestEnds);

        Assert.Equal("somebody-else", delivery!.Properties.HeaderText(HeaderNames.UserId));
        Assert.Null(delivery.Properties.UserId);
        await broker.DeleteQueueAsync(queue.Name, TestEnds);
    }

    [Fact]
    public async Task Says_which_queue_the_broker_refuses_to_a_user_without_permissions()
    {
        var queue = await DeclaredAsync();
        var user = $"limited_{Guid.NewGuid():N}";
        await shared.Node.CtlAsync("add_user", user, "secret");
        await shared.Node.CtlAsync("set_permissions", user, "^$", "^$", "^$");
        await using var broker = Broker(shared.Node.BrokerOptions with { User = user, Password = "secret" });
        await broker.ConnectAsync(TestEnds);

        var declaring = await Assert.ThrowsAsync<BrokerRefusedException>(() => broker.DeclareQueueAsync(queue with { Name = $"{queue.Name}.more" }, TestEnds));
        var consuming = await Assert.ThrowsAsync<BrokerRefusedException>(
            () => broker.ConsumeAsync(queue, new ConsumerOptions(1), _ => ValueTask.CompletedTask, TestEnds));
        var getting = await Assert.ThrowsAsync<BrokerRefusedException>(() => broker.GetAsync(queue.Name, TestEnds));

        Assert.All([declaring, consuming, getting], refused => Assert.Contains(queue.Name, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Case", "D3")]
    public async Task A_limit_of_connections_is_met_with_back_off_and_ends_when_there_is_room()
    {
        var vhost = $"limited_{Guid.NewGuid():N}";
        await shared.Node.CtlAsync("add_vhost", vhost);
        await shared.Node.CtlAsync("set_permissions", "-p", vhost, "guest", ".*", ".*", ".*");
        await shared.Node.CtlAsync("set_vhost_limits", "-p", vhost, """{"max-connections": 1}""");
        await using var broker = Broker(shared.Node.BrokerOptions with { VirtualHost = vhost });

        var connecting = broker.ConnectAsync(TestEnds);
        await Eventually.TrueAsync(() => _log.Lines.Count(line => $"{line}".Contains("limit", StringComparison.Ordinal)) >= 4, () => string.Join('\n', _log.Lines));
        var attempts = broker.Connections;
        await shared.Node.CtlAsync("clear_vhost_limits", "-p", vhost);
        await connecting;

        // None of the attempts counted as a connection, of which there would be hundreds.
        Assert.Equal((0, 1), (attempts, broker.Connections));
        await shared.Node.CtlAsync("delete_vhost", vhost);
    }

    [Fact]
    public async Task Shares_one_channel_among_all_consumers_of_a_queue()
    {
        var queue = await DeclaredAsync();
        await using var broker = await ConnectedAsync();

        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ =>
            broker.ConsumeAsync(queue, new ConsumerOptions(1), _ => ValueTask.CompletedTask, TestEnds)));

        Assert.Equal(300, (await broker.InspectQueueAsync(queue.Name, TestEnds))!.Consumers);
        var consumers = await shared.Node.CtlAsync("list_consumers", "queue_name", "channel_pid", "--no-table-headers");
        Assert.Single(consumers.Split('\n').Where(line => line.StartsWith(queue.Name, StringComparison.Ordinal)).Distinct());
        await broker.DeleteQueueAsync(queue.Name, TestEnds);
    }

    [Fact]
    [Trait("Case", "D1")]
    public async Task Uses_a_queue_that_it_may_not_configure_and_refuses_one_that_does_not_exist()
    {
        var queue = await DeclaredAsync();
        var user = $"limited_{Guid.NewGuid():N}";
        await shared.Node.CtlAsync("add_user", user, "secret");
        await shared.Node.CtlAsync("set_permissions", user, "^$", ".*", ".*");
        await using var broker = Broker(shared.Node.BrokerOptions with { User = user, Password = "secret" });
        await broker.ConnectAsync(TestEnds);

        await broker.DeclareQueueAsync(queue, TestEnds);
        await using var consumer = await broker.ConsumeAsync(queue, new ConsumerOptions(1), _ => ValueTask.CompletedTask, TestEnds);
        var missing = await Assert.ThrowsAsync<BrokerRefusedException>(
            () => broker.DeclareQueueAsync(queue with { Name = $"{queue.Name}.missing" }, TestEnds));

        Assert.Single(_log.Of(1100));
        Assert.Contains("403 ACCESS_REFUSED", missing.Message, StringComparison.Ordinal);
        Assert.Contains("set_permissions", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "D1")]
    public async Task Says_that_a_queue_is_somebodys_own()
    {
        var name = $"own_{Guid.NewGuid():N}";
        await using var connection = await new ConnectionFactory { HostName = "127.0.0.1", Port = shared.Node.Port }.CreateConnectionAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        await channel.QueueDeclareAsync(name, durable: false, exclusive: true, autoDelete: false, cancellationToken: TestEnds);
        await using var broker = await ConnectedAsync();

        var refused = await Assert.ThrowsAsync<BrokerRefusedException>(() => broker.DeclareQueueAsync(new QueueDefinition(name), TestEnds));

        Assert.Contains("405 RESOURCE_LOCKED", refused.Message, StringComparison.Ordinal);
        Assert.Contains("exclusive queue of another connection", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "D7")]
    public async Task Says_that_the_vhost_takes_no_more_queues()
    {
        var vhost = $"limited_{Guid.NewGuid():N}";
        await shared.Node.CtlAsync("add_vhost", vhost);
        await shared.Node.CtlAsync("set_permissions", "-p", vhost, "guest", ".*", ".*", ".*");
        await shared.Node.CtlAsync("set_vhost_limits", "-p", vhost, """{"max-queues": 0}""");
        await using var broker = Broker(shared.Node.BrokerOptions with { VirtualHost = vhost });
        await broker.ConnectAsync(TestEnds);

        var declaring = await Assert.ThrowsAsync<BrokerRefusedException>(() => broker.DeclareQueueAsync(new QueueDefinition("any"), TestEnds));
        var consuming = await Assert.ThrowsAsync<BrokerRefusedException>(
            () => broker.ConsumeAsync(new QueueDefinition("any"), new ConsumerOptions(1), _ => ValueTask.CompletedTask, TestEnds));

        Assert.All([declaring, consuming], refused =>
        {
            Assert.Contains("406 PRECONDITION_FAILED", refused.Message, StringComparison.Ordinal);
            Assert.Contains("limit", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("404", refused.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    [Trait("Case", "D4")]
    public async Task Serves_more_queues_than_the_broker_allows_channels_on_a_connection()
    {
        const int Queues = 30;
        await using var node = await RabbitMqNode.StartAsync(new RabbitMqNodeOptions { Config = "channel_max = 8" });
        await using var broker = Broker(node.BrokerOptions);
        await broker.ConnectAsync(TestEnds);
        var queues = Enumerable.Range(0, Queues).Select(i => new QueueDefinition($"many_{i}", QueueType.Classic)).ToList();
        var came = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);

        await Task.WhenAll(queues.Select(queue => broker.ConsumeAsync(
            queue,
            new ConsumerOptions(1),
            delivery =>
            {
                came[delivery.Queue] = true;
                delivery.Settle(Settlement.Ack);
                return ValueTask.CompletedTask;
            },
            TestEnds))).WaitAsync(TimeSpan.FromSeconds(60), TestEnds);
        foreach (var queue in queues)
        {
            await broker.PublishAsync(new OutgoingMessage(queue.Name, new MessageProperties(), default), TestEnds);
        }

        await Eventually.TrueAsync(() => came.Count == Queues, () => $"a delivery from each of {Queues} queues, not {came.Count}:\n{_log}");
        Assert.Empty(broker.UnservedQueues);
        Assert.NotEmpty(_log.Of(1009));

        // What ends one connection ends the session, and the next one serves them all again.
        var pid = (await node.CtlAsync("list_connections", "--silent", "pid", "channels")).Split('\n')[^2].Split('\t')[0];
        await node.CtlAsync("close_connection", pid, "closed by a test");
        await Eventually.TrueAsync(() => broker.Connections == 2, () => $"the next session:\n{_log}");
        came.Clear();
        foreach (var queue in queues)
        {
            await broker.PublishAsync(new OutgoingMessage(queue.Name, new MessageProperties(), default), TestEnds);
        }

        await Eventually.TrueAsync(() => came.Count == Queues, () => $"a delivery from each of {Queues} queues again, not {came.Count}:\n{_log}");
    }

    private async Task<QueueDefinition> DeclaredAsync()
    {
        var queue = new QueueDefinition($"rabbit_{Guid.NewGuid():N}");
        await using var broker = Broker(shared.Node.BrokerOptions);
        await broker.ConnectAsync(TestEnds);
        await broker.DeclareQueueAsync(queue, TestEnds);
        _log.Clear();
        return queue;
    }

    private async Task<RabbitMqBroker> ConnectedAsync()
    {
        var broker = Broker(shared.Node.BrokerOptions);
        await broker.ConnectAsync(TestEnds);
        return broker;
    }

    private RabbitMqBroker Broker(BrokerOptions options) => new(options, _log, TimeProvider.System);
}
