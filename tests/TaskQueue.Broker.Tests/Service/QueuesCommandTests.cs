using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace TaskQueue.Broker.Tests.Service;

/// <summary><c>taskqueue broker queues</c> and <c>delete-queue</c>, with the real executables.</summary>
public sealed class QueuesCommandTests : IDisposable
{
    private readonly BrokerFolder _folder = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lists_all_queues_with_what_is_in_them()
    {
        const int Many = 2000;
        await using var broker = await _folder.StartAsync();
        await using var connection = await _folder.ConnectAsync(broker, TestEnds);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), TestEnds);
        var quorum = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };
        await channel.QueueDeclareAsync("a", durable: true, exclusive: false, autoDelete: false, quorum, cancellationToken: TestEnds);
        await channel.QueueDeclareAsync("b \"quoted\"", durable: false, exclusive: true, autoDelete: false, cancellationToken: TestEnds);
        for (var i = 0; i < 3; i++)
        {
            await channel.BasicPublishAsync("", "a", mandatory: true, new BasicProperties { Persistent = true }, default, TestEnds);
        }

        await channel.BasicGetAsync("a", autoAck: false, TestEnds);
        await channel.BasicConsumeAsync("b \"quoted\"", autoAck: true, new AsyncDefaultBasicConsumer(channel), TestEnds);

        var (exitCode, output, error) = await _folder.CommandAsync("broker", "queues");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            ["QUEUE TYPE DURABLE READY UNACKED CONSUMERS", "a quorum yes 2 1 0", "b \"quoted\" classic no 0 0 1"],
            output.TrimEnd('\n').Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));

        // More than a socket gives at once.
        for (var i = 0; i < Many; i++)
        {
            await channel.QueueDeclareAsync($"many.{i}.{new string('x', 200)}", durable: false, exclusive: true, autoDelete: false, cancellationToken: TestEnds);
        }

        var listed = JsonNode.Parse((await _folder.CommandAsync("broker", "queues", "--json")).Output)!["queues"]!.AsArray();
        Assert.Equal(Many + 2, listed.Count);
        Assert.Equal("""{"queue":"a","type":"quorum","durable":true,"ready":2,"unacked":1,"consumers":0}""", listed[0]!.ToJsonString());
    }

    [Fact]
    public async Task Deletes_a_queue_when_nothing_is_in_it()
    {
        await using var broker = await _folder.StartAsync();
        await using var connection = await _folder.ConnectAsync(broker, TestEnds);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        await channel.BasicPublishAsync("", "q", mandatory: true, new BasicProperties { Persistent = true }, default, TestEnds);
        var held = await channel.BasicGetAsync("q", autoAck: false, TestEnds);

        var refused = await _folder.CommandAsync("broker", "delete-queue", "q");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("nothing was deleted: queue q is not empty: 0 messages wait, and 1 is in somebody's hands", refused.Error, StringComparison.Ordinal);
        await channel.BasicAckAsync(held!.DeliveryTag, multiple: false, TestEnds);
        await channel.QueueDeclarePassiveAsync("q", TestEnds);

        Assert.Equal((0, "", ""), await _folder.CommandAsync("broker", "delete-queue", "q"));
        Assert.Contains("there is no queue q", (await _folder.CommandAsync("broker", "delete-queue", "q")).Error, StringComparison.Ordinal);
        await channel.QueueDeclareAsync("q", durable: false, exclusive: true, autoDelete: false, cancellationToken: TestEnds);
    }

    [Fact]
    public async Task Says_that_no_broker_runs()
    {
        var (exitCode, output, error) = await _folder.CommandAsync("broker", "queues");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("no broker runs with", error, StringComparison.Ordinal);
        Assert.EndsWith("; start it.\n", error, StringComparison.Ordinal);
    }
}
