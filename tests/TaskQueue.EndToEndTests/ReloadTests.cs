using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>SIGHUP replaces what changed, without a gap, and nothing else; what does not start replaces nothing.</summary>
public sealed class ReloadTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changed_plugin_files_replace_workers_one_by_one_under_a_stream_of_tasks()
    {
        const int Tasks = 400, Workers = 3;
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = count\n\n[count]\nworkers = 3\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: Workers);
        var old = ProcessFacts.WorkersOf(pool.Pid);
        await pool.LoggedAsync("Serving");
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);
        var fewest = FewestWorkersAsync(pool, done.Token);
        var sending = SendAsync(site, "count", Tasks);

        Deploy(site, "testplugins.dll", File.ReadAllBytes);
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloading: 3 workers to replace");
        await pool.LoggedAsync("Reloaded: 3 workers replaced; serving count with 3 worker processes");

        await sending;
        var results = await site.ResultsAsync(Tasks);
        Assert.All(results.Values, result => Assert.Equal(1, result.Copies));
        Assert.Equal(Tasks, pool.Count(" started on count#"));
        await Eventually.TrueAsync(() => !old.Any(ProcessFacts.Exists), () => "the end of the old workers");
        await done.CancelAsync();
        Assert.Equal(Workers, await fewest);
        Assert.Equal(2 * Workers, pool.Count("is ready"));
        Assert.Equal(Workers, ProcessFacts.WorkersOf(pool.Pid).Count);
        Assert.DoesNotContain("it is started again", pool.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("testplugins.dll", "the workers that run go on with what they have loaded")]
    [InlineData("damaged", "Workers that go on with the old: 2; the new start-checks#1 exited with code 78")]
    public async Task A_plugin_that_does_not_load_replaces_nothing_says_so_once_and_is_taken_when_mended(string broken, string error)
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = start-checks\n\n[start-checks]\nworkers = 2\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        await pool.LoggedAsync("Serving");
        var old = ProcessFacts.WorkersOf(pool.Pid).Order().ToList();
        var sound = await File.ReadAllBytesAsync(PathOf(site, "testplugins.dll"), TestEnds);

        Deploy(site, broken, _ => "no DLL"u8.ToArray());
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded: ");

        Assert.Equal(1, pool.Count(error));
        Assert.Equal(1, pool.Count("error "));
        await site.SendAsync("start-checks");
        Assert.Contains(Assert.Single(await site.ResultsAsync(1)).Value.Field("answer")!.ToString(), old.Select(Number));
        Assert.Equal(old, ProcessFacts.WorkersOf(pool.Pid).Order());

        File.Delete(PathOf(site, "damaged"));
        Deploy(site, "testplugins.dll", _ => sound);
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded: 2 workers replaced");

        await Eventually.TrueAsync(() => !old.Any(ProcessFacts.Exists), () => "the end of the old workers");
        await site.SendAsync("start-checks");
        Assert.DoesNotContain(Assert.Single(await site.ResultsAsync(1)).Value.Field("answer")!.ToString(), old.Select(Number));
    }

    [Fact]
    public async Task An_old_worker_that_dies_after_a_broken_deployment_is_paused_with_an_error_that_says_so()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = start-checks\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await pool.LoggedAsync("Serving");
        Deploy(site, "damaged", _ => []);
        pool.Signal("HUP");
        await pool.LoggedAsync("Workers that go on with the old: 1;");

        Shell.Run("kill", "-KILL", Number(Assert.Single(ProcessFacts.WorkersOf(pool.Pid))));

        await pool.LoggedAsync("it has run before, so what it is started from has changed since");
        var id = await site.SendAsync("start-checks");
        await site.WaitsAsync(site.Queues.Worker("start-checks"), 1);
        File.Delete(PathOf(site, "damaged"));
        pool.Signal("HUP");
        await pool.LoggedAsync("Workers of start-checks start again");
        Assert.Contains(id, await site.ResultsAsync(1));
    }

    [Fact]
    public async Task A_long_task_is_finished_before_its_worker_is_replaced_and_the_next_is_for_the_new_one()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = stop, count\n\n[stop]\ncolour = red\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        var other = ProcessFacts.WorkersOf(pool.Pid).Single(pid => pool.Count($"count#1 (pid {Number(pid)}) is ready") == 1);
        var end = Path.Combine(site.Folder, "end");
        var running = await site.SendRawAsync($"stop {end}", Text);
        await pool.LoggedAsync($"Task {running} started");

        site.Configure("workers = stop, count\n\n[stop]\ncolour = blue\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded: 1 worker replaced");
        Assert.Equal(0, pool.Count($"Task {running} done"));
        await File.WriteAllTextAsync(end, "", TestEnds);
        var next = await site.SendRawAsync("stop 0", Text);

        var results = await site.ResultsAsync(2);
        Assert.Equal(1, results[running].Copies);
        Assert.Equal(1, pool.Count($"Task {running} started"));
        Assert.True(pool.Log.IndexOf("[stop#1] stopped", StringComparison.Ordinal) < pool.Log.IndexOf($"Task {next} started", StringComparison.Ordinal), pool.Log);
        Assert.True(ProcessFacts.Exists(other));
    }

    [Fact]
    public async Task Counts_users_and_types_follow_the_configuration_and_no_change_is_said_to_be_none()
    {
        using var user = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = count, return\n\n[count]\nworkers = 3\n");
        var pool = await site.StartPoolAsync(ready: 4);
        await pool.LoggedAsync("Serving");

        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded: nothing changed");

        site.Configure($"workers = count, tell-process\n\n[count]\nworkers = 2\nuser = {user.Name}\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloading: 1 worker to start, 2 to stop, 2 to replace");
        await pool.LoggedAsync("Reloaded: 1 worker started, 2 stopped, 2 replaced; serving count, tell-process with 3 worker processes");
        await pool.LoggedAsync("Worker type return is not served any more");
        await Eventually.TrueAsync(() => ProcessFacts.WorkersOf(pool.Pid).Count == 3, () => $"three workers\n{pool.Log}");
        Assert.Equal(2, ProcessFacts.WorkersOf(pool.Pid).Count(pid => ProcessFacts.Status(pid, "Uid")?.StartsWith(user.Uid + '\t', StringComparison.Ordinal) == true));

        site.Configure("workers = count, return\n\n[count]\nworkers = 3\nuser = no-such-user\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("this host has no such user");
        await pool.LoggedAsync("Reloaded: 1 worker started, 1 stopped; ");
        await Eventually.TrueAsync(
            () => ProcessFacts.WorkersOf(pool.Pid).Count(pid => ProcessFacts.Status(pid, "Uid")?.StartsWith(user.Uid + '\t', StringComparison.Ordinal) == true) == 2,
            () => $"the two workers that ran already\n{pool.Log}");
    }

    [Fact]
    public async Task Workers_of_a_plugin_that_is_gone_finish_what_they_run_and_come_back_with_it()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins", "echo"], "workers = sleep, echo\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        var running = await site.SendRawAsync("sleep 2", Text);
        await pool.LoggedAsync($"Task {running} started");

        Directory.Delete(Path.Combine(site.PluginFolder, "testplugins"), recursive: true);
        pool.Signal("HUP");

        await pool.LoggedAsync("Worker type sleep is not served any more: ");
        Assert.Equal("success", (await site.ResultsAsync(1))[running].Outcome);
        await Eventually.TrueAsync(() => ProcessFacts.WorkersOf(pool.Pid).Count == 1, () => $"echo alone\n{pool.Log}");
        var waiting = await site.SendRawAsync("sleep 0", Text);
        await site.WaitsAsync(site.Queues.Worker("sleep"), 1);
        site.Install("testplugins");
        pool.Signal("HUP");
        Assert.Contains(waiting, await site.ResultsAsync(1));
    }

    [Fact]
    [Trait("Case", "D2")]
    public async Task A_signal_is_heard_while_no_broker_answers_and_a_file_that_is_just_being_written_changes_nothing()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n");
        var away = (await File.ReadAllTextAsync(site.ConfigFile, TestEnds)).Replace($":{Number(machine.Broker.Port)}", ":1", StringComparison.Ordinal);
        await File.WriteAllTextAsync(site.ConfigFile, away, TestEnds);
        var pool = site.Start(machine.Installation.WorkerPool, "--config", site.ConfigFile);
        await pool.LoggedAsync("No broker answers: 127.0.0.1:1");
        await pool.LoggedAsync("is ready");

        await File.WriteAllTextAsync(site.ConfigFile, $"{away}\n[return]\nworkers = 2\n", TestEnds);
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded: 1 worker started; serving return with 2 worker processes");
        await File.WriteAllTextAsync(site.ConfigFile, "", TestEnds);
        pool.Signal("HUP");
        await pool.LoggedAsync("the file sets nothing any more");

        Assert.Equal(2, ProcessFacts.WorkersOf(pool.Pid).Count);
        Assert.Equal(0, await pool.StopAsync());
    }

    [Fact]
    public async Task A_second_signal_stops_at_once_while_a_reload_waits_for_a_new_worker()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep, x\nshutdown_timeout = 1h\n\n[x]\nplugin = return\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        var running = await site.SendRawAsync("sleep 3600", Text);
        await pool.LoggedAsync($"Task {running} started");
        site.Configure("workers = sleep, x\nshutdown_timeout = 1h\n\n[x]\nplugin = start-hangs\nstart_timeout = 1h\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("[x#1] starting for ever");
        var workers = ProcessFacts.WorkersOf(pool.Pid);
        Assert.Equal(3, workers.Count);

        pool.Signal("TERM");
        await pool.LoggedAsync("Stopping");
        pool.Signal("TERM");

        Assert.Equal(0, await pool.ExitAsync());
        Assert.DoesNotContain(workers, ProcessFacts.Exists);
        await site.WaitsAsync(site.Queues.Worker("sleep"), 1);
    }

    [Fact]
    public async Task What_is_kept_of_results_and_buried_tasks_holds_for_queues_that_are_declared_after_a_reload()
    {
        const string Workers = "workers = fail, return\n";
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], Workers);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        site.Configure(Workers + "results_keep = 1\nburied_keep = 2\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded: ");
        await site.Broker.DeleteQueueAsync(site.Queues.Results("results"), TestEnds);
        for (var i = 0; i < 3; i++)
        {
            await site.SendRawAsync("return 1", Text);
            await site.SendRawAsync("fail permanent", Text);
        }

        // Until all are acknowledged, and so what they turned into is confirmed.
        CommandRun.Of(machine, site, "wait", "--timeout", "60s").Ok();

        Assert.Equal(1, (await site.Broker.InspectQueueAsync(site.Queues.Results("results"), TestEnds))?.Ready);
        Assert.Equal(2, (await site.Broker.InspectQueueAsync(site.Queues.Buried("fail"), TestEnds))?.Ready);
    }

    private static string PathOf(Site site, string file) => Path.Combine(site.PluginFolder, "testplugins", file);

    /// <summary>Puts a file in place as docs/operations.md says: under another name first.</summary>
    private static void Deploy(Site site, string file, Func<string, byte[]> content)
    {
        var path = PathOf(site, file);
        File.WriteAllBytes(path + ".new", content(path));
        File.Move(path + ".new", path, overwrite: true);
    }

    private static async Task SendAsync(Site site, string workerType, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await site.SendAsync(workerType);
        }
    }

    private static async Task<int> FewestWorkersAsync(ServiceProcess pool, CancellationToken end)
    {
        var fewest = int.MaxValue;
        while (!end.IsCancellationRequested)
        {
            fewest = Math.Min(fewest, ProcessFacts.WorkersOf(pool.Pid).Count);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        return fewest;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
