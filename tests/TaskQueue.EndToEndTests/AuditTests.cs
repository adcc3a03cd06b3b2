using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary><c>taskqueue audit</c> on systems that run.</summary>
public sealed class AuditTests(Machine machine)
{
    // Longer than anything takes.
    private const string Long = "1h";

    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    [Fact]
    public async Task A_system_under_steady_load_is_balanced()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 1));
        await AnsweringAsync(site.StartPoolAsync(ready: 1));
        using var stop = new CancellationTokenSource();
        var load = SendUntilAsync(site, stop.Token);

        var (exitCode, report) = await AuditAsync(site, "2s");

        await stop.CancelAsync();
        await load;
        Assert.True(exitCode == 0, report.ToJsonString());
        Assert.Equal("balanced", (string?)report["verdict"]);
        Assert.Equal(4, report["services"]!.AsArray().Count);
        Assert.True((long)Queue(site, report, site.Queues.Worker("echo"))["counts"]!["done"]! > 0, report.ToJsonString());
    }

    [Fact]
    public async Task Whatever_becomes_of_tasks_adds_up_to_what_was_confirmed()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return, fail\n[fail]\non_unknown_fail = delete\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 2));

        var (exitCode, report) = await AuditAsync(site, Long, async () =>
        {
            foreach (var body in (string[])["return me", "fail permanent", "fail temporary 0.2", "fail bug", "nobody there", "...", "return me too"])
            {
                await site.SendRawAsync(body, Text);
            }

            await site.ResultsAsync(5);
            await site.WaitsAsync(site.Queues.Buried("fail"), 2);
            await site.WaitsAsync(site.Queues.Rejected, 1);
            await site.WaitsAsync(site.Queues.Unroutable, 1);
        });

        Assert.True(exitCode == 0, report.ToJsonString());
        Assert.Equal(7, (long)report["confirmed"]!);
        Assert.Equal(
            """{"done":2,"deleted":1,"waiting":1,"running":0,"delayed":0,"buried":2,"rejected":1,"missing":0,"in_between":0,"copies":0}""",
            report["terms"]!.ToJsonString());
    }

    [Fact]
    public async Task Messages_that_are_purged_or_smuggled_in_are_named_with_their_queue()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep, return\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 2));
        for (var i = 0; i < 20; i++)
        {
            await site.SendRawAsync("sleep 3600", Text);
        }

        await site.WaitsAsync(site.Queues.Worker("sleep"), 19);

        var (exitCode, report) = await AuditAsync(site, Long, async () =>
        {
            Assert.Equal(19, await site.Broker.PurgeQueueAsync(site.Queues.Worker("sleep"), TestContext.Current.CancellationToken));
            await site.PublishAsync(site.Queues.Worker("return"), Text, "return x"u8.ToArray());
        });

        Assert.True(exitCode == 1, report.ToJsonString());
        var problems = report["problems"]!.AsArray().Select(problem => (string)problem!).ToList();
        Assert.Contains(problems, problem => problem.StartsWith($"{site.Queues.Worker("sleep")}: 19 messages came in and are gone: purged", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith($"{site.Queues.Worker("return")}: 1 message more than", StringComparison.Ordinal));
        Assert.Equal(2, problems.Count);
    }

    [Fact]
    public async Task A_pool_that_is_killed_takes_its_counts_along_and_is_named()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 1));
        var killed = string.Create(CultureInfo.InvariantCulture, $"workerpool {pool.Pid} on {Environment.MachineName} has ended or does not answer any more");

        var (exitCode, report) = await AuditAsync(site, Long, () =>
        {
            pool.KillHard();
            return Task.CompletedTask;
        });

        Assert.Equal((2, "cannot_tell"), (exitCode, (string?)report["verdict"]));
        Assert.StartsWith(killed, (string?)Assert.Single(report["problems"]!.AsArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_that_starts_meanwhile_is_counted_in()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await AnsweringAsync(site.StartDispatcherAsync());
        await site.SendRawAsync("echo early", Text);
        await site.WaitsAsync(site.Queues.Unroutable, 1);

        var (exitCode, report) = await AuditAsync(site, Long, async () =>
        {
            await AnsweringAsync(site.StartPoolAsync(ready: 1));
            await site.ResultsAsync(1);
        });

        Assert.True(exitCode == 0, report.ToJsonString());
        Assert.Equal(1, (long)report["terms"]!["done"]!);
        Assert.Equal(-1, (long)report["terms"]!["waiting"]!);
    }

    private static async Task<ServiceProcess> AnsweringAsync(Task<ServiceProcess> starting)
    {
        var service = await starting;
        await service.LoggedAsync("Answering what is asked");
        return service;
    }

    private static JsonNode Queue(Site site, JsonNode report, string name) =>
        report["queues"]!.AsArray().SingleOrDefault(queue => (string?)queue!["queue"] == name)
        ?? throw new InvalidOperationException($"{name} of {site.Prefix} is not in {report.ToJsonString()}");

    /// <summary>Audits, for a while or for as long as something is done.</summary>
    private async Task<(int ExitCode, JsonNode Report)> AuditAsync(Site site, string duration, Func<Task>? meanwhile = null)
    {
        var audit = site.Start(machine.Installation.Cli, "audit", "--for", duration, "--json", "--config", site.ConfigFile);
        await audit.LoggedAsync("Watching");
        if (meanwhile is not null)
        {
            await meanwhile();
            audit.Signal("INT");
        }

        var exitCode = await audit.ExitAsync();
        var json = audit.Log.Split('\n').Single(line => line.StartsWith('{'));
        return (exitCode, JsonNode.Parse(json)!);
    }

    private static async Task SendUntilAsync(Site site, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.SendRawAsync("echo x", Text)));
        }
    }
}
