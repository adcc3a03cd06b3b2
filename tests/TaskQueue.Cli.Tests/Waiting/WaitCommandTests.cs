using System.Text.Json.Nodes;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests.Waiting;

public sealed class WaitCommandTests
{
    [Fact]
    public async Task Ends_when_all_queues_are_empty_and_says_that_nobody_knows_what_runs()
    {
        var run = new CliRun();
        await run.Broker.FillAsync(("taskqueue", 0), ("results", 5), ("worker_echo.buried", 1));

        Assert.Equal(0, await run.RunAsync("wait", "--timeout", "20s"));

        Assert.Equal("0 waiting, unknown running\nDone: nothing waits.\n", run.Out);
        Assert.Equal("taskqueue: no service has answered: what is running is not known, only what waits.\n", run.Error);
    }

    [Fact]
    public async Task Waits_until_the_last_message_is_gone()
    {
        var run = new CliRun();
        await run.Broker.FillAsync(("worker_echo", 2));

        var waiting = run.RunAsync("wait", "echo", "--json");
        await Eventually.TrueAsync(() => run.Broker.Declared.Any(queue => queue.Name.StartsWith("taskqueue.control.reply", StringComparison.Ordinal)), () => "it has begun");
        await run.Broker.PurgeQueueAsync("worker_echo", TestContext.Current.CancellationToken);

        Assert.Equal(0, await waiting);
        Assert.True((bool)JsonNode.Parse(run.Out.TrimEnd('\n').Split('\n')[^1])!["done"]!);
    }

    [Fact]
    public async Task Exits_with_75_and_tells_what_is_left_when_time_is_over()
    {
        var run = new CliRun();
        await run.Broker.FillAsync(("worker_echo", 2));

        Assert.Equal(75, await run.RunAsync("wait", "echo", "--timeout", "300ms"));

        Assert.Contains("taskqueue: not done within 0.3 s: worker_echo: 2 waiting, 0 running.\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("worker_echo has messages and nobody who takes them.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exits_with_1_when_there_is_no_queue_of_that_name()
    {
        var run = new CliRun();

        Assert.Equal(1, await run.RunAsync("wait", "ecoh"));

        Assert.Contains("there is no queue worker_ecoh;", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draws_a_bar_on_a_terminal()
    {
        var run = new CliRun { IsTerminal = true };
        await run.Broker.FillAsync(("worker_echo", 0));

        Assert.Equal(0, await run.RunAsync("wait", "echo", "--timeout", "20s"));

        Assert.EndsWith("Done: nothing waits.\n", run.Out, StringComparison.Ordinal);
    }
}
