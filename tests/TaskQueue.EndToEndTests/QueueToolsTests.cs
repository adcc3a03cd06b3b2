using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>django-sqs's README: a receiver, messages to it, and the commands that manage its queue.</summary>
public sealed class QueueToolsTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tasks_are_sent_seen_done_and_waited_for()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await AnsweringAsync(site.StartDispatcherAsync());

        // Nobody receives yet, so they wait, and waiting for them takes too long.
        Assert.Equal(0, Cli(site, "send", "echo", "Lorem ipsum dolor sit amet", "--count", "20").ExitCode);
        // Now and then the dispatcher has some of them in its hands, to offer them again.
        await CommandRun.UntilAsync(
            machine, site, run => run.Output.Contains("20 tasks wait for worker types that no pool has served", StringComparison.Ordinal), "status");
        await CommandRun.UntilAsync(
            machine,
            site,
            run => run.ExitCode == 75 && run.Error.Contains($"{site.Queues.Unroutable}: 20 waiting, 0 running", StringComparison.Ordinal),
            "wait",
            "--timeout",
            "10s");

        await AnsweringAsync(site.StartPoolAsync(ready: 1));
        var done = Cli(site, "wait", "--timeout", "60s");

        Assert.True(done.ExitCode == 0, done.Error);
        Assert.EndsWith("Done: nothing waits, nothing runs.\n", done.Output, StringComparison.Ordinal);
        Assert.Equal(20, (await site.Broker.InspectQueueAsync(site.Queues.Results("results"), TestEnds))!.Ready);
        Assert.Contains("  echo Lorem ipsum dolor sit amet\n", Cli(site, "results", "tail", "-n", "1").Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cleared_is_what_waits_and_not_what_runs()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep-until\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 1));
        var end = Path.Combine(site.Folder, "end");
        for (var i = 0; i < 5; i++)
        {
            await site.SendRawAsync($"sleep-until {end}", Text);
        }

        await site.WaitsAsync(site.Queues.Worker("sleep-until"), 4);

        var cleared = Cli(site, "clear", "sleep-until", "--yes");
        Assert.Equal((0, $"{site.Queues.Worker("sleep-until")}: 4 messages deleted; 1 more is held by services\n"), (cleared.ExitCode, cleared.Output));

        // The queue is empty, and it is not over.
        var running = Cli(site, "wait", "sleep-until", "--timeout", "5s");
        Assert.Equal(75, running.ExitCode);
        Assert.Contains("0 waiting, 1 running", running.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(end, "", TestEnds);
        var over = Cli(site, "wait", "--timeout", "180s", "--json");
        Assert.True(over.ExitCode == 0, over.Error);
        Assert.True((bool)JsonNode.Parse(over.Output.TrimEnd('\n').Split('\n')[^1])!["done"]!);
        Assert.Equal(1, (await site.Broker.InspectQueueAsync(site.Queues.Results("results"), TestEnds))!.Ready);
    }

    [Fact]
    public async Task Waiting_goes_on_while_a_task_waits_for_its_next_attempt()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = fail\nrelease_delay = 3s\nmax_attempts = 2\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 1));
        await site.SendRawAsync("fail temporary", Text);

        var done = Cli(site, "wait", "--timeout", "60s");

        Assert.True(done.ExitCode == 0, done.Error);
        Assert.Equal(1, (await site.Broker.InspectQueueAsync(site.Queues.Buried("fail"), TestEnds))?.Ready);
    }

    [Fact]
    public async Task A_sound_installation_has_no_findings()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 1));

        var (exitCode, output, error) = Cli(site, "doctor");

        Assert.True(exitCode == 0, output + error);
        Assert.Contains("ok       services: 1 dispatcher\nok       services: 1 workerpool\nok       clocks: that of 1 host agrees", output, StringComparison.Ordinal);
        Assert.EndsWith("\nAll is well\n", output, StringComparison.Ordinal);
    }

    private static async Task AnsweringAsync(Task<ServiceProcess> starting) => await (await starting).LoggedAsync("Answering what is asked");

    private (int ExitCode, string Output, string Error) Cli(Site site, params string[] arguments) =>
        Shell.Try(machine.Installation.Cli, "", [.. arguments, "--config", site.ConfigFile]);
}
