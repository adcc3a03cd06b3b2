using System.Security.Cryptography;
using System.Text;
using TaskQueue.Client;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Client;

public sealed class ClientTests(SharedBroker shared)
{
    private readonly string _prefix = $"client_{RandomNumberGenerator.GetHexString(8)}_";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private BrokerOptions Broker => shared.BrokerOptions with { QueuePrefix = _prefix, ConnectionName = TestContext.Current.TestCase?.TestCaseDisplayName ?? "test" };

    [Theory]
    [InlineData(QueueType.Quorum)]
    [InlineData(QueueType.Classic)]
    public async Task Enqueues_before_any_dispatcher_has_run(QueueType type)
    {
        var options = new TaskQueueClientOptions { Broker = Broker with { QueueType = type } };
        await using var client = await TaskQueueClient.ConnectAsync(options, TestEnds);

        var messageId = await client.EnqueueAsync(
            "resize",
            new byte[] { 1, 2, 3 },
            new EnqueueOptions { ContentType = "image/png", Headers = new Dictionary<string, object?> { ["tenant"] = "é" }, Expiration = TimeSpan.FromHours(1), Priority = 3 },
            TestEnds);

        await using var broker = await ConnectAsync();
        var delivery = (await broker.GetAsync(_prefix + "taskqueue", TestEnds))!;
        Assert.Equal([1, 2, 3], delivery.Body.ToArray());
        var properties = delivery.Properties;
        Assert.Equal(
            (messageId, "image/png", "é", "resize", "3600000", (byte?)3),
            (properties.MessageId, properties.ContentType, properties.HeaderText("tenant"), properties.HeaderText("worker-type"), properties.Expiration, properties.Priority));
        delivery.Settle(Settlement.Ack);
    }

    [Fact]
    public async Task Enqueues_many_in_their_order()
    {
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = Broker }, TestEnds);

        var ids = await client.EnqueueManyAsync(Enumerable.Range(0, 5000).Select(i => new NewTask("echo", $"{i}")), TestEnds);

        await using var broker = await ConnectAsync();
        Assert.Equal(5000, ids.Distinct().Count());
        Assert.Equal(5000, (await broker.InspectQueueAsync(_prefix + "taskqueue", TestEnds))!.Ready);
        foreach (var id in ids.Take(10))
        {
            var delivery = (await broker.GetAsync(_prefix + "taskqueue", TestEnds))!;
            Assert.Equal(id, delivery.Properties.MessageId);
            delivery.Settle(Settlement.Ack);
        }
    }

    [Fact]
    public async Task Says_that_the_queue_does_not_exist_when_it_may_not_declare_it()
    {
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = Broker, DeclareQueue = false }, TestEnds);

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(() => client.EnqueueAsync(new NewTask("echo", "x"), TestEnds));

        Assert.Contains($"no queue \"{_prefix}taskqueue\"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_many_tasks_at_once_and_gives_each_its_own_result()
    {
        await using var worker = await AnsweringWorker.StartAsync(Broker, body => body.ToUpperInvariant());
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = Broker }, TestEnds);

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => client.RunAsync(new NewTask("echo", $"no {i}"), cancellationToken: TestEnds)));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"ECHO NO {i}"), results.Select(result => Encoding.UTF8.GetString(result.Body.Span)));
        Assert.All(results, result => Assert.Equal("answering", result.WorkerType));
    }

    [Fact]
    public async Task Throws_what_the_worker_said()
    {
        await using var worker = await AnsweringWorker.StartAsync(Broker, _ => throw new PermanentFailureException("no paper"));
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = Broker }, TestEnds);

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => client.RunAsync(new NewTask("print", "x"), cancellationToken: TestEnds));

        Assert.Equal(("permanent", "no paper", "at Work()"), (failure.Outcome, failure.Error, failure.Trace));
    }

    [Fact]
    public async Task Leaves_no_reply_queue_behind()
    {
        await using var broker = await ConnectAsync();
        string replies;
        await using (var worker = await AnsweringWorker.StartAsync(Broker, body => body))
        {
            await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = Broker }, TestEnds);
            await client.RunAsync(new NewTask("echo", "x"), cancellationToken: TestEnds);
            replies = worker.LastReplyTo!;
            Assert.StartsWith(_prefix + "taskqueue.reply.", replies, StringComparison.Ordinal);
            Assert.NotNull(await broker.InspectQueueAsync(replies, TestEnds));
        }

        Assert.Null(await broker.InspectQueueAsync(replies, TestEnds));
    }

    [Fact]
    public async Task Gives_up_a_body_that_the_broker_will_not_take()
    {
        await using var small = await PrivateBroker.StartAsync(maxMessageBytes: 1000);
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = small.BrokerOptions, RefusalTimeout = TimeSpan.FromSeconds(1) }, TestEnds);

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(() => client.EnqueueAsync("resize", new byte[2000], cancellationToken: TestEnds));

        Assert.Contains("max_message_size", failure.Message, StringComparison.Ordinal);
        await client.EnqueueAsync("resize", new byte[500], cancellationToken: TestEnds);
    }

    private async Task<IBroker> ConnectAsync()
    {
        var broker = new RabbitMqBroker(Broker, new ListLogger(), TimeProvider.System);
        await broker.ConnectAsync(TestEnds);
        return broker;
    }
}
