using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Workers that cannot start: one clear error, the tasks wait, the others go on, and it heals.</summary>
public sealed class ConfigurationFaultTests(Machine machine)
{
    // Twice the time between two tries, for a busy machine.
    private static readonly TimeSpan Healing = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Ten_workers_of_a_broken_plugin_give_one_error_keep_their_tasks_and_disturb_nobody()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = x, return\n\n[x]\nplugin = start-fails\nworkers = 10\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await pool.LoggedAsync("the model file is missing");
        await pool.LoggedAsync("Serving");
        var waiting = await site.SendAsync("x");
        var harmless = await site.SendAsync("return");

        Assert.Contains(harmless, await site.ResultsAsync(1));
        await site.WaitsAsync(site.Queues.Worker("x"), 1);
        await Eventually.TrueAsync(() => ProcessFacts.WorkersOf(pool.Pid).Count == 1, () => $"the end of ten tries\n{pool.Log}");
        Assert.Equal(1, pool.Count("the model file is missing"));
        Assert.Equal(1, pool.Count("error "));
        Assert.Equal(0, pool.Count("[x#"));

        site.Configure("workers = x, return\n\n[x]\nplugin = return\nworkers = 10\n");
        pool.Signal("HUP");

        await pool.LoggedAsync("Workers of x start again");
        var result = (await site.ResultsAsync(1))[waiting];
        Assert.Equal("success", result.Outcome);
        await pool.LoggedAsync("Worker x#", times: 10);
        Assert.Equal(1, pool.Count("Workers of x start again"));
        Assert.Equal(1, pool.Count("error "));
    }

    [Fact]
    public async Task A_folder_that_a_worker_should_start_in_may_come_later()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"]);
        var folder = Path.Combine(site.Folder, "later");
        site.Configure($"workers = return\n\n[return]\nworkers = 2\nworking_dir = {folder}\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 0);
        await pool.LoggedAsync("Workers of return do not start");
        await pool.LoggedAsync("Serving");
        Assert.Equal(1, pool.Count("No such file or directory"));
        var id = await site.SendAsync("return");

        Directory.CreateDirectory(folder);

        Assert.Contains(id, await HealedAsync(site));
        await pool.LoggedAsync("is ready", times: 2);
        await pool.LoggedAsync("Workers of return start again");
        Assert.Equal(1, pool.Count("Workers of return do not start"));
        Assert.Equal(1, pool.Count("Workers of return start again"));
    }

    [Fact]
    public async Task A_missing_user_and_a_missing_plugin_heal_without_a_signal()
    {
        var user = "tq" + Guid.NewGuid().ToString("N")[..12];
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"workers = tell-process, echo, return\n\n[tell-process]\nuser = {user}\n\n[echo]\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await pool.LoggedAsync("Serving return with 1 worker process");
        var told = await site.SendAsync("tell-process");
        var echoed = await site.SendAsync("echo");
        await site.WaitsAsync(site.Queues.Worker("tell-process"), 1);
        await site.WaitsAsync(site.Queues.Worker("echo"), 1);

        try
        {
            Shell.Run("useradd", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "--user-group", user);
            site.Install("echo");

            await Eventually.TrueAsync(() => pool.Count("What kept tell-process, echo from running is mended") == 1, () => pool.Log, Healing);
            var results = await site.ResultsAsync(2);
            Assert.Equal(Shell.Run("id", "--user", user).Trim(), results[told].Field("answer")!["uid"]!.ToString());
            Assert.Contains(echoed, results);
            Assert.Equal(1, pool.Count("this host has no such user"));
            Assert.Equal(1, pool.Count("no plugin in"));
            Assert.Equal(3, pool.Count("is ready"));
        }
        finally
        {
            Shell.Try("userdel", "", user);
        }
    }

    private static async Task<IReadOnlyCollection<string>> HealedAsync(Site site)
    {
        await Eventually.TrueAsync(
            async () => (await site.Broker.InspectQueueAsync(site.Queues.Results("results"), TestContext.Current.CancellationToken))?.Ready == 1,
            () => "a result",
            Healing);
        return (await site.ResultsAsync(1)).Keys;
    }
}
