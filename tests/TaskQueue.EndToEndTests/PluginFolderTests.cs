using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What an operator drops into the plugin folder, good and bad.</summary>
public sealed class PluginFolderTests(Machine machine)
{
    [Fact]
    public async Task Each_unusable_plugin_gets_a_clear_line_and_all_others_run()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo", "markdown"]);
        await File.WriteAllTextAsync(Path.Combine(site.PluginFolder, "corrupt.dll"), "MZ, but no more than that", TestContext.Current.CancellationToken);
        CopyDll(site, "echo", "second-echo.dll");
        File.Copy(
            Path.Combine(site.PluginFolder, "markdown", "Markdig.dll"), Path.Combine(site.PluginFolder, "library.dll"));
        File.Delete(Path.Combine(site.PluginFolder, "markdown", "Markdig.dll"));

        var pool = await site.StartPoolAsync(ready: 1);

        await pool.LoggedAsync("corrupt.dll: ");
        await pool.LoggedAsync("library.dll: ");
        await pool.LoggedAsync("claims worker type \"echo\"");
        await pool.LoggedAsync("Markdig");
        Assert.Equal(1, pool.Count("Worker echo#1 (pid"));
    }

    [Fact]
    public async Task A_dropped_in_plugin_is_served_after_SIGHUP_without_touching_what_runs()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep, echo\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var sleeping = await site.SendRawAsync("sleep 3", Text);
        await pool.LoggedAsync($"Task {sleeping} started");
        var worker = Assert.Single(ProcessFacts.WorkersOf(pool.Pid));

        site.Install("echo");
        pool.Signal("HUP");

        await pool.LoggedAsync("Worker echo#1 (pid");
        var echoed = await site.SendRawAsync("echo hello", Text);
        var results = await site.ResultsAsync(2);
        Assert.Equal("echo hello", results[echoed].Text);
        Assert.Equal("sleep 3", results[sleeping].Text);
        Assert.True(ProcessFacts.Exists(worker));
        Assert.Equal(1, pool.Count($"Task {sleeping} started"));
    }

    [Fact]
    public async Task SIGHUP_changes_counts_and_settings_and_touches_only_the_workers_concerned()
    {
        const string Before = "workers = sleep, tell-settings\n\n[tell-settings]\ncolour = red\n";
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], Before);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        var untouched = ProcessFacts.WorkersOf(pool.Pid).Single(pid => pool.Count($"sleep#1 (pid {Number(pid)}) is ready") == 1);

        site.Configure("workers = sleep, tell-settings\n\n[sleep]\nworkers = 2\n\n[tell-settings]\ncolour = blue\n");
        pool.Signal("HUP");

        await pool.LoggedAsync("Worker sleep#2 (pid");
        await pool.LoggedAsync("Worker tell-settings#1 (pid", times: 2);
        var id = await site.SendAsync("tell-settings");
        Assert.Equal("blue", (await site.ResultsAsync(1))[id].Field("answer")!["colour"]!.ToString());
        Assert.True(ProcessFacts.Exists(untouched));
    }

    [Fact]
    public async Task A_broken_configuration_is_refused_at_SIGHUP_and_the_old_one_stays()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        site.Configure("log_levle = debug\n");
        pool.Signal("HUP");
        dispatcher.Signal("HUP");

        await pool.LoggedAsync("the old one stays in force");
        await dispatcher.LoggedAsync("the old one stays in force");
        var id = await site.SendAsync("echo");
        Assert.Contains(id, await site.ResultsAsync(1));
    }

    private static MessageProperties Text => new() { ContentType = "text/plain" };

    private static void CopyDll(Site site, string plugin, string name) => File.Copy(
        Directory.EnumerateFiles(Path.Combine(site.PluginFolder, plugin), "*.dll").Single(), Path.Combine(site.PluginFolder, name));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
