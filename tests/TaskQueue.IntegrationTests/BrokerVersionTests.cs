using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using TaskQueue.IntegrationTests.Cli;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Diagnosis;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;
using QueueType = TaskQueue.Messaging.QueueType;

namespace TaskQueue.IntegrationTests;

/// <summary>Holds <see cref="BrokerFeatures"/> against the broker that the tests run on, and shows that it makes no difference to tasks. One after the other,
/// since they share a node whose acknowledgement timeout is two seconds.</summary>
public sealed class BrokerVersionTests(BrokerVersionTests.ImpatientNode own) : IClassFixture<BrokerVersionTests.ImpatientNode>, IDisposable
{
    private static readonly TimeSpan AckTimeout = TimeSpan.FromSeconds(2), RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly ListLogger _log = new();
    private readonly string _name = $"version_{Guid.NewGuid():N}";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private RabbitMqNode Node => own.Node;

    public void Dispose() => _log.Dispose();

    [Fact]
    [Trait("Case", "E2")]
    public async Task A_queue_of_ours_drops_nothing_however_often_a_message_comes_back()
    {
        await using var broker = await ConnectedAsync();
        var queue = QueueDefinition.OfTasks(_name, QueueType.Quorum);
        await broker.DeclareQueueAsync(queue, TestEnds);
        await broker.SendTextsAsync(_name, "task");

        Assert.Equal(1_000, await ReturnAsync(broker, queue, 1_000));

        await UntilThereAsync(broker);
        Assert.Empty(_log.Of(1102));
    }

    [Fact]
    [Trait("Case", "E2")]
    public async Task A_queue_without_our_arguments_is_named_where_it_drops_messages_and_a_policy_mends_it()
    {
        await using var broker = await ConnectedAsync();
        var features = await FeaturesAsync(broker);
        await DeclareForeignAsync(("x-queue-type", "quorum"));
        var queue = QueueDefinition.OfTasks(_name, QueueType.Quorum);
        await broker.DeclareQueueAsync(queue, TestEnds);
        await broker.DeclareQueueAsync(queue, TestEnds);
        Assert.Equal(features.DefaultDeliveryLimit is null ? 0 : 1, _log.Of(1102).Count);

        await broker.SendTextsAsync(_name, "task");
        var returns = await ReturnAsync(broker, queue, 40);
        Assert.Equal(features is { DefaultDeliveryLimit: { } limit, CountsEachReturn: true } ? limit : 40, returns);

        var lifted = features.DefaultDeliveryLimit is null ? "1000000000" : "-1";
        await Node.CtlAsync("set_policy", "--apply-to", "queues", _name, $"^{_name}$", $$"""{"delivery-limit": {{lifted}}}""");
        await broker.PurgeQueueAsync(_name, TestEnds);
        await broker.SendTextsAsync(_name, "kept");
        Assert.Equal(1_000, await ReturnAsync(broker, queue, 1_000));
        await UntilThereAsync(broker);
    }

    [Fact]
    [Trait("Case", "E7")]
    public async Task Nobody_looks_where_a_look_could_cost_a_message()
    {
        await using var broker = await ConnectedAsync();
        var features = await FeaturesAsync(broker);
        await DeclareForeignAsync(("x-queue-type", "quorum"), ("x-delivery-limit", 2));
        await broker.SendTextsAsync(_name, "task");
        var command = new CliCommand(Node);

        for (var look = 0; look < 5; look++)
        {
            if (features.CountsEachReturn)
            {
                var refusal = await Assert.ThrowsAsync<LookRefusedException>(() => broker.BrowseAsync(_name, new BrowseOptions(10), TestEnds));
                Assert.Contains("drops a message of it that has come back more than 2 times", refusal.Message, StringComparison.Ordinal);
                Assert.Contains($"'^{_name}$'", refusal.Message, StringComparison.Ordinal);
            }
            else
            {
                await using var browser = await broker.BrowseAsync(_name, new BrowseOptions(10), TestEnds);
                Assert.Equal("task", Text(await browser!.NextAsync(TestEnds)));
            }

            await UntilThereAsync(broker);
        }

        var tail = await command.RunAsync("results", "tail", _name, "--json");
        Assert.Equal(features.CountsEachReturn ? 69 : 0, tail.ExitCode);
        Assert.Contains(features.CountsEachReturn ? "--ignore-delivery-limit looks" : "task", tail.Out + tail.Error, StringComparison.Ordinal);
        var forced = await command.RunAsync("results", "tail", _name, "--json", "--ignore-delivery-limit");
        Assert.True(forced.ExitCode == 0, forced.Error);
        Assert.Contains("\"task\"", forced.Out, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Case", "E1")]
    [InlineData("quorum")]
    [InlineData("classic")]
    public async Task A_task_of_a_queue_of_somebody_else_runs_for_as_long_as_the_broker_lets_it(string type)
    {
        await using var broker = await ConnectedAsync();
        var features = await FeaturesAsync(broker);
        await DeclareForeignAsync(("x-queue-type", type));
        var got = new DeliveryList();
        await using var consumer = await broker.ConsumeAsync(QueueDefinition.OfTasks(_name, QueueType.Quorum), new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_name, "long");
        var first = (await got.AtLeastAsync(1))[0];

        if (features.HasAckTimeoutOfConsumers)
        {
            // Another consumer of the node shows when its timeout has passed.
            await using var other = await ForeignTimeoutAsync(broker, () => { });
            Assert.False(first.IsLost);
            Assert.Single(got.All);
        }
        else
        {
            await got.AtLeastAsync(2);
            Assert.True(first.IsLost);
        }

        got.All.Last().Settle(Settlement.Ack);
        first = got.All.First();
        if (got.All.Count > 1)
        {
            first.Settle(Settlement.Ack);
        }

        await EmptyAsync(broker);
    }

    [Fact]
    [Trait("Case", "E1")]
    public async Task Only_what_was_held_for_too_long_is_lost_and_the_consumer_is_back_within_a_second()
    {
        await using var broker = await ConnectedAsync();
        var features = await FeaturesAsync(broker);
        await DeclareForeignAsync(("x-queue-type", "quorum"));
        var got = new DeliveryList();
        await using var consumer = await broker.ConsumeAsync(new QueueDefinition(_name), new ConsumerOptions(3), got.OnDeliveryAsync, TestEnds);
        await broker.SendTextsAsync(_name, "slow");
        var slow = (await got.AtLeastAsync(1))[0];
        var held = Stopwatch.StartNew();
        await Task.Delay(AckTimeout * 0.6, TimeProvider.System, TestEnds);
        await broker.SendTextsAsync(_name, "quick");
        var quick = (await got.AtLeastAsync(2))[1];

        var again = (await got.AtLeastAsync(3))[2];

        Assert.InRange(held.Elapsed, TimeSpan.Zero, AckTimeout + TimeSpan.FromSeconds(2));
        Assert.Equal("slow", Text(again));
        Assert.True(slow.IsLost);
        Assert.False(again.IsLost);
        slow.Settle(Settlement.Ack);
        again.Settle(Settlement.Ack);
        if (features.HasAckTimeoutOfConsumers)
        {
            Assert.False(quick.IsLost);
            quick.Settle(Settlement.Ack);
        }
        else
        {
            // The channel went, with all that was held there.
            Assert.True(quick.IsLost);
            (await got.AtLeastAsync(4))[3].Settle(Settlement.Ack);
        }

        await Eventually.TrueAsync(
            async () => await broker.InspectQueueAsync(_name, TestEnds) is { Ready: 0, Consumers: 1 }, () => "an empty queue with one consumer");
        var before = got.All.Count;
        for (var i = 0; i < 20; i++)
        {
            await broker.SendTextsAsync(_name, $"after {i}");
            (await got.AtLeastAsync(before + i + 1))[^1].Settle(Settlement.Ack);
        }

        await EmptyAsync(broker);
        Assert.Single(_log.Of(features.HasAckTimeoutOfConsumers ? 1300 : 1304));
    }

    [Fact]
    [Trait("Case", "E3")]
    public async Task A_user_without_rights_is_told_what_it_cannot_see_and_shown_the_rest()
    {
        await using var broker = await ConnectedAsync();
        var features = await FeaturesAsync(broker);
        await broker.DeclareQueueAsync(QueueDefinition.OfTasks($"{_name}_worker_seen", QueueType.Quorum), TestEnds);
        await Node.CtlAsync("add_user", _name, "geheim");
        await Node.CtlAsync("set_permissions", _name, $"^{_name}_worker_seen$", "nothing", $"^{_name}_worker_seen$");
        var command = new CliCommand(Node, ("TASKQUEUE__AMQP__USER", _name), ("TASKQUEUE__AMQP__PASSWD", "geheim"), ("TASKQUEUE__AMQP__QUEUE_PREFIX", $"{_name}_"));

        var status = await command.RunAsync("status", "seen", "hidden", "--json");

        Assert.Equal((1, ""), (status.ExitCode, status.Error));
        var queues = JsonNode.Parse(status.Out)!["queues"]!.AsArray();
        Assert.Equal(0, (int?)queues.Single(queue => (string?)queue!["queue"] == $"{_name}_worker_seen")!["ready"]);
        var hidden = queues.Single(queue => (string?)queue!["queue"] == $"{_name}_worker_hidden")!;
        Assert.Equal(features.TellsMissingQueuesToAnyone ? false : null, (bool?)hidden["exists"]);
        Assert.Equal(features.TellsMissingQueuesToAnyone ? null : "it cannot be seen: the user has no rights on it", (string?)hidden["warning"]);

        var doctor = await command.RunAsync("doctor", "--json");
        var lines = JsonNode.Parse(doctor.Out)!["findings"]!.AsArray().Select(finding => $"{finding!["severity"]} {finding["message"]}").ToList();
        Assert.Equal(features.TellsMissingQueuesToAnyone ? 0 : 1, lines.Count(line => line.Contains("cannot be seen", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.StartsWith("error", StringComparison.Ordinal) && line.Contains("taskqueue.delay", StringComparison.Ordinal));
    }

    /// <summary>Holds a delivery until the node's acknowledgement timeout has passed for a consumer that has no other.</summary>
    private async Task<IConsumer> ForeignTimeoutAsync(RabbitMqBroker broker, Action passed)
    {
        var name = $"{_name}_other";
        var got = new DeliveryList();
        await broker.DeclareQueueAsync(new QueueDefinition(name), TestEnds);
        var consumer = await broker.ConsumeAsync(new QueueDefinition(name), new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        await broker.PublishUntilConfirmedAsync(new OutgoingMessage(name, new MessageProperties(), default), RetryDelay, TimeProvider.System, TestEnds);
        await got.AtLeastAsync(2);
        passed();
        return consumer;
    }

    // What a consumer had goes back when the broker has heard of its end.
    private Task UntilThereAsync(RabbitMqBroker broker) =>
        Eventually.TrueAsync(async () => (await broker.InspectQueueAsync(_name, TestEnds))!.Ready == 1, () => "the task in its queue");

    /// <summary>Gives a message back as often as it comes, up to a number.</summary>
    /// <returns>How often it came back.</returns>
    private static async Task<int> ReturnAsync(RabbitMqBroker broker, QueueDefinition queue, int most)
    {
        var (returned, dropped) = (0, false);
        await using var consumer = await broker.ConsumeAsync(
            queue,
            new ConsumerOptions(1),
            delivery =>
            {
                if (Volatile.Read(ref returned) < most)
                {
                    Interlocked.Increment(ref returned);
                    delivery.Settle(Settlement.Requeue);
                }

                return ValueTask.CompletedTask;
            },
            TestEnds);
        var seen = -1;
        await Eventually.TrueAsync(
            async () =>
            {
                // Over when it does not come any more.
                var (before, now) = (seen, Volatile.Read(ref returned));
                seen = now;
                dropped = before == now && await broker.InspectQueueAsync(queue.Name, TestEnds) is { Ready: 0 };
                if (before == now)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestEnds);
                }

                return now == most || (dropped && now == Volatile.Read(ref returned));
            },
            () => $"{most} returns; there were {returned}");

        // The last delivery of a message that is dropped is one that does not come back.
        return returned == most ? most : returned - 1;
    }

    private static string Text(Delivery? delivery) => Encoding.UTF8.GetString(delivery!.Body.Span);

    private static async Task<BrokerFeatures> FeaturesAsync(RabbitMqBroker broker) => (await broker.Diagnosis.IdentifyAsync(TestEnds)).Features;

    private async Task DeclareForeignAsync(params (string Name, object? Value)[] arguments)
    {
        await using var connection = await new ConnectionFactory { HostName = "127.0.0.1", Port = Node.Port }.CreateConnectionAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        await channel.QueueDeclareAsync(
            _name, durable: true, exclusive: false, autoDelete: false, arguments.ToDictionary(argument => argument.Name, argument => argument.Value), cancellationToken: TestEnds);
    }

    private async Task<RabbitMqBroker> ConnectedAsync()
    {
        var broker = new RabbitMqBroker(Node.BrokerOptions with { ConnectionName = _name }, _log, TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        return broker;
    }

    private Task EmptyAsync(RabbitMqBroker broker) => Eventually.TrueAsync(
        async () => await broker.InspectQueueAsync(_name, TestEnds) is { Ready: 0 }, () => "an empty queue");

    public sealed class ImpatientNode : IAsyncLifetime
    {
        public RabbitMqNode Node { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Node = await RabbitMqNode.StartAsync(new RabbitMqNodeOptions
        {
            Config = $"consumer_timeout = {AckTimeout.TotalMilliseconds}",
            ErlangArguments = "-rabbit channel_tick_interval 500",
        });

        public ValueTask DisposeAsync() => Node?.DisposeAsync() ?? default;
    }

    private sealed class CliCommand(RabbitMqNode node, params (string Name, string Value)[] more)
    {
        public Task<CliProcess> RunAsync(params string[] arguments)
        {
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["TASKQUEUE__AMQP__HOST"] = "127.0.0.1",
                ["TASKQUEUE__AMQP__PORT"] = $"{node.Port}",
                ["TASKQUEUE__TASKQUEUE__PLUGIN_DIR"] = "/nonexistent",
            };
            foreach (var (name, value) in more)
            {
                environment[name] = value;
            }

            return CliProcess.RunAsync(environment, "", arguments);
        }
    }
}
