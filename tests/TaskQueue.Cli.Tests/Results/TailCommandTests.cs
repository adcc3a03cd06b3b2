using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests.Results;

public sealed class TailCommandTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shows_the_newest_and_leaves_all_where_they_are()
    {
        var run = new CliRun();
        await AddAsync(run.Broker, "a", "b", "c");

        Assert.Equal(0, await run.RunAsync("results", "tail", "-n", "2"));

        Assert.Equal(
            """
            2027-01-31 18:30:00Z  success  echo  b  text/plain  6 bytes
              echo b

            2027-01-31 18:30:00Z  success  echo  c  text/plain  6 bytes
              echo c


            """,
            run.Out);
        Assert.Equal(3, await run.Broker.ReadyAsync("results"));
    }

    [Fact]
    public async Task Shows_the_newest_however_many_wait()
    {
        var run = new CliRun();
        await AddAsync(run.Broker, [.. Enumerable.Range(0, 1500).Select(i => $"r{i}")]);

        Assert.Equal(0, await run.RunAsync("results", "tail", "-n", "2", "--json"));

        Assert.Equal(["r1498.result", "r1499.result"], run.Out.TrimEnd('\n').Split('\n').Select(line => (string?)JsonNode.Parse(line)!["message_id"]));
        Assert.Contains("1,500 results wait; all of them are looked through", run.Error, StringComparison.Ordinal);
        Assert.Equal(1500, await run.Broker.ReadyAsync("results"));
    }

    [Fact]
    public async Task Shows_the_error_of_a_failed_task_and_keeps_control_characters_from_the_terminal()
    {
        var run = new CliRun();
        await run.Broker.DeclareQueueAsync(new QueueDefinition("results"), TestEnds);
        await PublishAsync(run.Broker, "x", "bad \u001b[2J body", (HeaderNames.Outcome, "permanent"), (HeaderNames.Error, "no\npaper"));

        Assert.Equal(0, await run.RunAsync("results", "tail"));

        Assert.Contains("permanent  echo  x", run.Out, StringComparison.Ordinal);
        Assert.Contains("  error: no paper\n", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Out);
    }

    [Fact]
    public async Task Takes_the_oldest_when_asked_to()
    {
        var run = new CliRun();
        await AddAsync(run.Broker, "a", "b", "c");

        Assert.Equal(0, await run.RunAsync("results", "tail", "--take", "-n", "2", "--json"));

        Assert.Equal(["a.result", "b.result"], run.Out.TrimEnd('\n').Split('\n').Select(line => (string?)JsonNode.Parse(line)!["message_id"]));
        Assert.Equal(1, await run.Broker.ReadyAsync("results"));
    }

    [Fact]
    public async Task Follows_until_it_is_interrupted_and_shows_each_once()
    {
        using var interrupt = new CancellationTokenSource();
        var run = new CliRun { Interrupted = interrupt.Token };
        await run.Broker.DeclareQueueAsync(new QueueDefinition("results"), TestEnds);

        var following = run.RunAsync("results", "tail", "--follow", "--json");

        // Each is seen by a later look than the one before.
        foreach (var id in (string[])["a", "b", "c"])
        {
            await AddAsync(run.Broker, id);
            await Eventually.TrueAsync(() => run.OutSoFar.Contains($"{id}.result", StringComparison.Ordinal), () => $"the result of {id}; there is {run.OutSoFar}");
        }

        await interrupt.CancelAsync();

        Assert.Equal(0, await following);
        Assert.Equal(["a.result", "b.result", "c.result"], run.Out.TrimEnd('\n').Split('\n').Select(line => (string?)JsonNode.Parse(line)!["message_id"]));
        Assert.Equal(3, await run.Broker.ReadyAsync("results"));
    }

    [Fact]
    public async Task Exits_with_1_when_there_is_no_such_queue()
    {
        var run = new CliRun();

        Assert.Equal(1, await run.RunAsync("results", "tail", "images"));

        Assert.Contains("there is no queue images", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warns_of_those_who_consume_results()
    {
        var run = new CliRun();
        await run.Broker.DeclareQueueAsync(new QueueDefinition("results"), TestEnds);
        await using var consumer = await run.Broker.ConsumeAsync(new QueueDefinition("results"), new ConsumerOptions(1), _ => ValueTask.CompletedTask, TestEnds);

        Assert.Equal(0, await run.RunAsync("results", "tail"));

        Assert.Equal("taskqueue: results has 1 consumer; what it takes is not shown.\n", run.Error);
    }

    private static async Task AddAsync(InMemoryBroker broker, params string[] ids)
    {
        await broker.DeclareQueueAsync(new QueueDefinition("results"), TestEnds);
        foreach (var id in ids)
        {
            await PublishAsync(broker, id, $"echo {id}", (HeaderNames.Outcome, "success"));
        }
    }

    private static Task<PublishOutcome> PublishAsync(InMemoryBroker broker, string id, string body, params (string Name, string Value)[] headers) => broker.PublishAsync(
        new OutgoingMessage(
            "results",
            new MessageProperties
            {
                MessageId = $"{id}.result",
                CorrelationId = id,
                ContentType = "text/plain",
                Timestamp = new DateTimeOffset(2027, 1, 31, 18, 30, 0, TimeSpan.Zero).ToUnixTimeSeconds(),
                Headers = headers.Append((Name: HeaderNames.ResultOf, Value: "echo")).ToDictionary(header => header.Name, header => (object?)header.Value, StringComparer.Ordinal),
            },
            Encoding.UTF8.GetBytes(body)),
        TestEnds);
}
