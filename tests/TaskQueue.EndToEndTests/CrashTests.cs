using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>SIGKILL for every part of the system, in the middle of its work.</summary>
[Trait("Broker", "each")]
public sealed class CrashTests(Machine machine)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_killed_worker_is_restarted_and_its_task_is_done_by_the_next()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var id = await SleepAsync(site, seconds: 2);
        await pool.LoggedAsync($"Task {id} started");

        Shell.Run("kill", "-KILL", Text(Assert.Single(ProcessFacts.WorkersOf(pool.Pid))));

        var result = Assert.Single(await site.ResultsAsync(1));
        Assert.Equal(id, result.Key);
        Assert.Equal(1, pool.Count("was ended by SIGKILL; it is tried again at once"));
        Assert.Equal(2, pool.Count("is ready"));
        await site.WaitsAsync(site.Queues.Worker("sleep"), 0);
    }

    [Fact]
    public async Task No_worker_survives_its_pool_and_another_pool_finishes_its_tasks()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep, sleep-stubborn\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        var id = await SleepAsync(site, seconds: 1);
        var stubborn = await SleepAsync(site, seconds: 1, "sleep-stubborn");
        await pool.LoggedAsync($"Task {id} started");
        await pool.LoggedAsync($"Task {stubborn} started");
        var workers = ProcessFacts.WorkersOf(pool.Pid);
        Assert.Equal(2, workers.Count);

        pool.KillHard();

        await Eventually.TrueAsync(() => !workers.Any(ProcessFacts.Exists), () => "the end of all workers", Second);
        await site.StartPoolAsync(ready: 2);
        var results = await site.ResultsAsync(2);
        Assert.Equal(new[] { id, stubborn }.Order(), results.Keys.Order());
    }

    [Fact]
    public async Task Both_services_outlive_the_broker_and_nothing_is_lost()
    {
        const int Tasks = 2000;
        await using var broker = await PrivateBroker.StartAsync();
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n\n[return]\nworkers = 2\n", broker);
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        await pool.LoggedAsync("Serving");
        await broker.SyncTablesAsync();
        var sending = Parallel.ForEachAsync(
            Enumerable.Range(0, Tasks),
            new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = TestContext.Current.CancellationToken },
            async (_, _) => await site.SendAsync("return"));
        await Eventually.TrueAsync(
            async () => (await site.Broker.InspectQueueAsync(site.Queues.Results("results"), TestContext.Current.CancellationToken))?.Ready > Tasks / 10,
            () => "a tenth of the results");

        broker.Kill();
        await broker.StartAgainAsync();

        await sending;
        var results = await site.ResultsAsync(Tasks);
        Assert.Equal(Tasks, results.Count);
        Assert.False(dispatcher.HasExited);
        Assert.False(pool.HasExited);
        await site.WaitsAsync(site.Queues.TaskQueue, 0);
        await site.WaitsAsync(site.Queues.Worker("return"), 0);
    }

    [Fact]
    public async Task Services_that_start_before_the_broker_wait_for_it()
    {
        await using var broker = await PrivateBroker.StartAsync();
        await using var site = await Site.SetUpAsync(machine, ["echo"], broker: broker);
        broker.Kill();
        var dispatcher = site.Start(machine.Installation.Dispatcher, "--config", site.ConfigFile);
        var pool = site.Start(machine.Installation.WorkerPool, "--config", site.ConfigFile);
        await pool.LoggedAsync("No broker answers");
        await dispatcher.LoggedAsync("No broker answers");

        await broker.StartAgainAsync();

        await dispatcher.LoggedAsync("Dispatching");
        await pool.LoggedAsync("Serving");
        var id = await site.SendAsync("echo");
        Assert.Contains(id, await site.ResultsAsync(1));
        Assert.Equal(1, pool.Count("warn  No broker answers"));
    }

    private static Task<string> SleepAsync(Site site, double seconds, string workerType = "sleep") => site.SendRawAsync(
        $"{workerType} {seconds.ToString(CultureInfo.InvariantCulture)}", new MessageProperties { ContentType = "text/plain" });

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
