using TaskQueue.EndToEndTests.Harness;

namespace TaskQueue.EndToEndTests;

/// <summary>What keeps a worker type from being served is said by the commands that people look with, not by the log of the pool alone.</summary>
public sealed class ProblemTests(Machine machine)
{
    private const string Broken = "workers = poem, lost, return\n[poem]\nplugin = start-fails\nworkers = 2\n[lost]\nworkers = 1\n";

    private const string PoemFails = "poem does not start: its start callback failed: System.InvalidOperationException: the model file is missing";

    [Fact]
    public async Task What_does_not_start_is_said_with_its_reason_by_every_command_that_shows_it_and_by_none_when_it_is_mended()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], Broken);
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await dispatcher.LoggedAsync("Answering what is asked");
        await pool.LoggedAsync("Answering what is asked");
        await site.SendAsync("poem");
        await site.WaitsAsync(site.Queues.Worker("poem"), 1);
        var host = Environment.MachineName;
        string[] expected = [$"{host}: {PoemFails}", $"{host}: lost does not start: no plugin in {site.PluginFolder} serves the worker type \"lost\""];

        var reload = Run(site, "reload", "--expect", "2");
        Assert.Equal(1, reload.ExitCode);
        Assert.All(expected, line => Assert.Contains($"taskqueue: {line}\n", reload.Error, StringComparison.Ordinal));

        // Answers of services are waited for briefly only; on a busy machine they may come too late.
        string[] warnings = [$"{site.Queues.Worker("poem")}: 1 task waits and no worker of the type takes tasks", .. expected.Order(StringComparer.Ordinal)];
        await UntilAsync(site, run => run.Json["warnings"]!.AsArray().Select(warning => (string)warning!).SequenceEqual(warnings), "status", "poem", "--json");
        await UntilAsync(site, run => run.Output.Contains($"warning: {expected[0]}\n", StringComparison.Ordinal), "top", "poem", "--count", "1");
        var workers = Run(site, "workers", "--json", "--expect", "2", "--timeout", "30s").Ok().Json["workers"]!.AsArray();
        Assert.Equal(
            [("lost", "refused", expected[1]), ("poem#1", "waiting", expected[0]), ("poem#2", "waiting", expected[0]), ("return#1", "idle", "")],
            workers.Select(worker => ((string)worker!["worker"]!, (string)worker["state"]!, worker["problem"] is { } problem ? $"{host}: {problem}" : "")));
        await UntilAsync(site, run => (run.ExitCode, Count(run.Error, $"taskqueue: {expected[0]}.\n")) == (75, 1), "send", "poem", "--wait", "--timeout", "4s");

        site.Configure("workers = poem, return\n[poem]\nplugin = return\nworkers = 2\n");
        var mended = Run(site, "reload", "--expect", "2", "--json").Ok().Json["services"]!.AsArray();
        Assert.All(mended, service => Assert.True((bool)service!["settled"]! && service["problems"]!.AsArray().Count == 0, service.ToJsonString()));
        await UntilAsync(site, run => run.Output.Contains("workerpool", StringComparison.Ordinal) && !run.Output.Contains("does not start", StringComparison.Ordinal), "status", "poem");
    }

    [Fact]
    public async Task A_type_that_is_paused_or_was_never_served_and_a_reload_that_was_refused_are_told_apart()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n");
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await dispatcher.LoggedAsync("Answering what is asked");
        await pool.LoggedAsync("Answering what is asked");
        var host = Environment.MachineName;

        const string Mistyped = "taskqueue: no pool has ever served the worker type \"retrun\"; served are return. Did you mean return? The task waits until one does.\n";
        await UntilAsync(site, run => (run.ExitCode, Count(run.Error, Mistyped)) == (75, 1), "send", "retrun", "--wait", "--timeout", "4s");

        Run(site, "pause", "return").Ok();
        var paused = $"taskqueue: return is paused on {host}; taskqueue resume return.\n";
        await UntilAsync(site, run => (run.ExitCode, Count(run.Error, paused)) == (75, 1), "send", "return", "--wait", "--timeout", "4s");
        await UntilAsync(site, run => run.Output.Contains($" and the type is paused on {host}; taskqueue resume return\n", StringComparison.Ordinal), "status", "return");
        Run(site, "resume", "return").Ok();

        site.Configure("workers = return\nshutdown_timeout = soon\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("The new configuration is not used");
        site.Configure("workers = return\n");
        await UntilAsync(site, run => run.Output.Contains($"{host}: the latest reload was refused: ", StringComparison.Ordinal), "status", "return");
        Run(site, "reload", "--expect", "2").Ok();
        await UntilAsync(site, run => run.Output.Contains("workerpool", StringComparison.Ordinal) && !run.Output.Contains("refused: ", StringComparison.Ordinal), "status", "return");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private Task<CommandRun> UntilAsync(Site site, Func<CommandRun, bool> isWanted, params string[] arguments) => CommandRun.UntilAsync(machine, site, isWanted, arguments);

    private CommandRun Run(Site site, params string[] arguments) => CommandRun.Of(machine, site, arguments);
}
