using System.Text.Json.Nodes;

namespace TaskQueue.Cli.Tests.Clearing;

public sealed class ClearCommandTests
{
    [Fact]
    public async Task Deletes_all_tasks_and_prints_how_many_of_each_queue()
    {
        var run = new CliRun();
        await run.Broker.FillAsync(("taskqueue", 2), ("taskqueue.delay.8s", 3), ("taskqueue.delay.due", 1), ("results", 4), ("taskqueue.rejected", 5));

        Assert.Equal(0, await run.RunAsync("clear", "--yes"));

        Assert.Equal("taskqueue: 2 messages deleted\ntaskqueue.delay.*: 4 messages deleted\n", run.Out);
        Assert.Contains("no service has answered", run.Error, StringComparison.Ordinal);
        Assert.Equal((0, 0, 4, 5), (
            await run.Broker.ReadyAsync("taskqueue"), await run.Broker.ReadyAsync("taskqueue.delay.8s"),
            await run.Broker.ReadyAsync("results"), await run.Broker.ReadyAsync("taskqueue.rejected")));
    }

    [Fact]
    public async Task Deletes_from_the_named_queues_alone()
    {
        var run = new CliRun();
        await run.Broker.FillAsync(("taskqueue", 2), ("worker_resize", 1), ("results", 4));

        Assert.Equal(0, await run.RunAsync("clear", "resize", "results", "--yes", "--json"));

        var json = JsonNode.Parse(run.Out)!;
        Assert.Equal(5, (long)json["deleted"]!);
        Assert.Equal("""{"queue":"worker_resize","deleted":1,"held":null}""", json["queues"]![0]!.ToJsonString());
        Assert.Equal(2, await run.Broker.ReadyAsync("taskqueue"));
    }

    [Theory]
    [InlineData("y\n", 0, 0)]
    [InlineData("n\n", 1, 3)]
    [InlineData("", 1, 3)]
    public async Task Asks_on_a_terminal(string answer, int exitCode, long left)
    {
        var run = new CliRun { CanAsk = true, Input = System.Text.Encoding.UTF8.GetBytes(answer) };
        await run.Broker.FillAsync(("worker_resize", 3));

        Assert.Equal(exitCode, await run.RunAsync("clear", "resize"));

        Assert.Contains("Delete 3 messages of worker_resize? [y/N] ", run.Error, StringComparison.Ordinal);
        Assert.Equal(left, await run.Broker.ReadyAsync("worker_resize"));
    }

    [Fact]
    public async Task Requires_yes_where_nobody_can_be_asked()
    {
        var run = new CliRun();
        await run.Broker.FillAsync(("worker_resize", 3));

        Assert.Equal(64, await run.RunAsync("clear", "resize"));

        Assert.Contains("expected --yes", run.Error, StringComparison.Ordinal);
        Assert.Equal(3, await run.Broker.ReadyAsync("worker_resize"));
    }

    [Fact]
    public async Task Exits_with_1_when_a_named_queue_does_not_exist_and_clears_the_others()
    {
        var run = new CliRun();
        await run.Broker.FillAsync(("worker_resize", 3));

        Assert.Equal(1, await run.RunAsync("clear", "resize", "reszie", "--yes"));

        Assert.StartsWith("taskqueue: there is no queue worker_reszie.\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("worker_resize: 3 messages deleted\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_so_when_there_is_nothing()
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("clear", "--yes"));

        Assert.Equal("Nothing waited: 0 messages deleted\n", run.Out);
    }
}
