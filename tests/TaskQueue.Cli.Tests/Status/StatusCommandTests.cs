using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests.Status;

public sealed class StatusCommandTests
{
    [Fact]
    public async Task Shows_aligned_columns_and_warnings_where_no_terminal_is()
    {
        var run = new CliRun();
        await FillAsync(run, ("taskqueue", 0, 1), ("taskqueue.rejected", 1, 0), ("worker_resize", 1200, 0), ("results", 0, 0));

        Assert.Equal(1, await run.RunAsync("status", "resize", "echo"));

        Assert.Equal(
            """
            QUEUE                 READY  CONSUMERS
            taskqueue                 0          1
            taskqueue.unroutable      -          -
            taskqueue.rejected        1          0
            worker_resize         1,200          0
            worker_echo               -          -
            results                   0          0
            warning: taskqueue.rejected: 1 message rejected; taskqueue rejected list
            warning: worker_resize: 1,200 tasks wait and no pool serves the worker type

            """,
            run.Out);
    }

    [Fact]
    public async Task Warns_of_buried_tasks_and_names_the_command_that_lists_them()
    {
        var run = new CliRun { Environment = { ["TASKQUEUE__AMQP__QUEUE_PREFIX"] = "dev_" } };
        await FillAsync(run, ("dev_taskqueue", 0, 1), ("dev_worker_resize.buried", 2, 0));

        Assert.Equal(1, await run.RunAsync("status", "resize"));

        Assert.Contains("warning: dev_worker_resize.buried: 2 tasks buried; taskqueue buried list resize\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exits_with_0_when_all_is_well()
    {
        var run = new CliRun();
        await FillAsync(run, ("taskqueue", 0, 1), ("worker_resize", 0, 1));

        Assert.Equal(0, await run.RunAsync("status", "resize"));

        Assert.DoesNotContain("warning", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_a_line_of_json()
    {
        var run = new CliRun();
        await FillAsync(run, ("taskqueue", 2, 0));

        Assert.Equal(1, await run.RunAsync("status", "--json"));

        var json = JsonNode.Parse(run.Out)!;
        var inbox = json["queues"]![0]!;
        Assert.Equal("""{"queue":"taskqueue","role":"tasks","exists":true,"ready":2,"consumers":0,"warning":"2 tasks wait and no dispatcher is running"}""", inbox.ToJsonString());
        Assert.Equal("taskqueue: 2 tasks wait and no dispatcher is running", (string?)json["warnings"]![0]);
        Assert.False((bool)json["queues"]![1]!["exists"]!);
    }

    [Fact]
    public async Task Shows_all_delayed_messages_as_one_line()
    {
        var run = new CliRun();
        await FillAsync(run, ("taskqueue", 0, 1), ("taskqueue.delay.due", 0, 2), ("taskqueue.delay.8s", 1000, 0), ("taskqueue.delay.250ms", 234, 0), ("taskqueue.delay.4s", 0, 0));

        Assert.Equal(0, await run.RunAsync("status", "--json"));

        var delayed = JsonNode.Parse(run.Out)!["queues"]![1]!;
        Assert.Equal("""{"queue":"taskqueue.delay.*","role":"delayed","exists":true,"ready":1234,"consumers":2,"warning":null}""", delayed.ToJsonString());
    }

    [Fact]
    public async Task Shows_the_worker_types_of_the_configuration_with_their_prefix_and_results()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var config = Path.Combine(folder.FullName, "config.ini");
            await File.WriteAllTextAsync(
                config,
                $"[amqp]\nqueue_prefix = dev_\n[taskqueue]\nplugin_dir = {folder.FullName}\n[resize]\nworkers = 2\nresults_routing_key = images\n",
                TestContext.Current.CancellationToken);
            var run = new CliRun();

            await run.RunAsync("status", "-c", config, "--json");

            Assert.Equal(
                ["dev_taskqueue", "dev_taskqueue.unroutable", "dev_taskqueue.rejected", "dev_worker_resize", "dev_images", "dev_results"],
                JsonNode.Parse(run.Out)!["queues"]!.AsArray().Select(queue => (string?)queue!["queue"]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Uses_colours_on_a_terminal_alone()
    {
        var piped = new CliRun();
        var shown = new CliRun { IsTerminal = true };

        await piped.RunAsync("status");
        await shown.RunAsync("status");

        Assert.DoesNotContain('\u001b', piped.Out);
        Assert.Contains("Consumers", shown.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watches_until_it_is_interrupted()
    {
        using var interrupt = new CancellationTokenSource();
        var run = new CliRun { Interrupted = interrupt.Token };
        await FillAsync(run, ("taskqueue", 0, 1));

        var watching = run.RunAsync("status", "--watch");
        await interrupt.CancelAsync();

        Assert.Equal(0, await watching);
        Assert.StartsWith("QUEUE", run.Out, StringComparison.Ordinal);
    }

    private static async Task FillAsync(CliRun run, params (string Queue, int Ready, int Consumers)[] queues)
    {
        var token = TestContext.Current.CancellationToken;
        foreach (var (name, ready, consumers) in queues)
        {
            var queue = new QueueDefinition(name);
            await run.Broker.DeclareQueueAsync(queue, token);
            for (var i = 0; i < ready; i++)
            {
                await run.Broker.PublishAsync(new OutgoingMessage(name, new MessageProperties(), default), token);
            }

            for (var i = 0; i < consumers; i++)
            {
                await run.Broker.ConsumeAsync(queue, new ConsumerOptions(1), _ => ValueTask.CompletedTask, token);
            }
        }
    }
}
