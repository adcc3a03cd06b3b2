using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What operators see and steer by the command; dispatcherd's README among it: running, cancel and alive over two pools.</summary>
public sealed class ControlTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_pools_answer_show_what_they_run_and_end_what_is_cancelled()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        var pools = new[] { await AnsweringAsync(site.StartPoolAsync(ready: 1)), await AnsweringAsync(site.StartPoolAsync(ready: 1)) };

        var alive = Run(site, "alive", "--expect", "3", "--timeout", "30s", "--json").Ok().Json;
        Assert.Equal(["dispatcher", "workerpool", "workerpool"], alive["services"]!.AsArray().Select(service => (string)service!["kind"]!));
        Assert.Equal(75, Run(site, "alive", "--expect", "4", "--timeout", "500ms").ExitCode);

        var ids = new[] { await site.SendRawAsync("sleep 300", Text), await site.SendRawAsync("sleep 300", Text) };
        var running = (await UntilAsync(site, run => run.Json["tasks"]!.AsArray().Count == 2, "running", "--json")).Json["tasks"]!.AsArray();
        Assert.Equal(ids.Order(StringComparer.Ordinal), running.Select(task => (string)task!["id"]!).Order(StringComparer.Ordinal));
        Assert.Equal(2, running.Select(task => (int)task!["pid"]!).Distinct().Count());
        Assert.All(running, task => Assert.Equal(("sleep#1", true), ((string)task!["worker"]!, (bool)task["running"]!)));
        Assert.Contains("  root  ", Run(site, ["running", "sleep", .. Answers(3)]).Ok().Output, StringComparison.Ordinal);
        Assert.Equal(["busy", "busy"], Run(site, ["workers", "--json", .. Answers(3)]).Ok().Json["workers"]!.AsArray().Select(worker => (string)worker!["state"]!));
        Assert.Contains("running on ", Run(site, "where", ids[0], "--timeout", "60s").Ok().Output, StringComparison.Ordinal);

        Assert.Contains("and was told to end", Run(site, "cancel", ids[0]).Ok().Output, StringComparison.Ordinal);

        var result = (await site.ResultsAsync(1))[ids[0]];
        Assert.Equal("cancelled", result.Outcome);
        Assert.StartsWith("cancelled by root@", result.Error, StringComparison.Ordinal);
        Assert.Equal(ids[1], (string?)(await UntilAsync(site, run => run.Json["tasks"]!.AsArray().Count == 1, "running", "--json")).Json["tasks"]![0]!["id"]);
        Assert.Equal(1, Run(site, "running", "--id", ids[0]).ExitCode);
        Assert.Null(await site.Broker.InspectQueueAsync(site.Queues.Buried("sleep"), TestEnds));
        Assert.Equal(1, pools.Sum(pool => pool.Count("cancelled, attempt 1 of 5")));
        var audit = Run(site, "audit", "--json");
        Assert.True(audit.ExitCode == 0, audit.ToString());
    }

    [Fact]
    public async Task Who_does_not_listen_is_killed_and_works_again_and_what_is_next_is_not_started()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep-stubborn\nkill_after = 1s\nprefetch = 2\n[sleep-stubborn]\nworkers = 1\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 1));
        var deaf = await site.SendRawAsync("sleep-stubborn 300", Text);
        await UntilAsync(site, run => run.Json["tasks"]!.AsArray().Count == 1, "running", "--json");
        var next = await site.SendRawAsync("sleep-stubborn 300", Text);
        var last = await site.SendRawAsync("sleep-stubborn 0", Text);

        Run(site, "cancel", next, deaf).Ok();

        var results = await site.ResultsAsync(3);
        Assert.Equal(("cancelled", "cancelled", "success"), (results[deaf].Outcome, results[next].Outcome, results[last].Outcome));
        Assert.Equal(1, pool.Count("and did not end within kill_after"));
    }

    [Theory]
    [InlineData("quorum")]
    [InlineData("classic")]
    public async Task A_task_that_waits_is_not_run_after_restarts_of_pool_and_broker(string queueType)
    {
        await using var broker = await PrivateBroker.StartAsync();
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n", broker, queueType);
        var dispatcher = await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 1));
        Assert.Equal(0, await pool.StopAsync());
        var (cancelled, other) = (await site.SendRawAsync("return 1", Text), await site.SendRawAsync("return 2", Text));
        await site.WaitsAsync(site.Queues.Worker("return"), 2);

        Assert.Contains($"in {site.Queues.Worker("return")}; should it show up until", Run(site, "cancel", cancelled).Ok().Output, StringComparison.Ordinal);
        Assert.Contains($"in {site.Queues.Worker("return")}; cancelled by root@", Run(site, "where", cancelled).Ok().Output, StringComparison.Ordinal);
        Assert.Contains("runs nowhere; should it show up until", Run(site, "cancel", "one-that-never-comes", "--even-if-unknown").Ok().Output, StringComparison.Ordinal);
        await broker.SyncTablesAsync();
        broker.Kill();
        await broker.StartAgainAsync();
        await dispatcher.LoggedAsync("again, after");
        var again = await site.StartPoolAsync(ready: 1);

        var results = await site.ResultsAsync(2);
        Assert.Equal(("cancelled", "success"), (results[cancelled].Outcome, results[other].Outcome));
        Assert.Equal(1, again.Count("Cancelled tasks that will not be run, should they show up: 2"));
        Assert.Equal(0, again.Count($"Task {cancelled} started"));
        Assert.Contains("cancelled by root@", Run(site, "where", "one-that-never-comes").Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_type_waits_and_the_others_go_on_also_after_a_reload()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return, sleep-until\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 2));
        var end = Path.Combine(site.Folder, "end");
        var unfinished = await site.SendRawAsync($"sleep-until {end}", Text);
        await UntilAsync(site, run => run.Json["tasks"]!.AsArray().Count == 1, "running", "--json");

        Assert.Contains("paused; 1 task still runs", Run(site, "pause", "sleep-until").Ok().Output, StringComparison.Ordinal);
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded");
        var waiting = await site.SendRawAsync($"sleep-until {end}", Text);
        var other = await site.SendRawAsync("return 1", Text);
        await File.WriteAllTextAsync(end, "", TestEnds);

        var results = await site.ResultsAsync(2);
        Assert.Equal([other, unfinished], results.Keys.Order(Comparer<string>.Create((one, _) => one == other ? -1 : 1)));
        await site.WaitsAsync(site.Queues.Worker("sleep-until"), 1);
        await UntilAsync(site, run => run.Output.Contains("paused: sleep-until", StringComparison.Ordinal), "status");
        await UntilAsync(site, run => run.Output.Contains("  idle, paused  ", StringComparison.Ordinal), "workers", "sleep-until");
        var paused = $"; sleep-until is paused on {Environment.MachineName}; taskqueue resume sleep-until\n";
        await UntilAsync(site, run => run.Output == $"{waiting}: waits at place 1 of 1 in {site.Queues.Worker("sleep-until")}{paused}", "where", waiting);

        Assert.Contains("resumed", Run(site, "resume", "sleep-until").Ok().Output, StringComparison.Ordinal);
        Assert.Equal("success", (await site.ResultsAsync(1))[waiting].Outcome);
        Assert.Equal(1, Run(site, "pause", "nobody-serves-this").ExitCode);
    }

    [Fact]
    public async Task A_pause_gives_back_what_waits_and_loses_nothing()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\nprefetch = 50\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 1));
        var ids = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            ids.Add(await site.SendRawAsync($"return {i}", Text));
            if (i == 100)
            {
                Run(site, "pause", "return").Ok();
            }
        }

        await UntilAsync(site, run => run.Json["tasks"]!.AsArray().Count == 0, "running", "--json");
        Run(site, "resume", "return").Ok();

        var results = await site.ResultsAsync(ids.Count);
        Assert.All(ids, id => Assert.Equal(("success", 1), (results[id].Outcome, results[id].Copies)));
    }

    [Fact]
    public async Task A_type_is_scaled_until_the_next_reload()
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = sleep, return\n[return]\nworkers = small, big\n[return_small]\nworkers = 1\n[return_big]\nworkers = 1\n");
        await AnsweringAsync(site.StartPoolAsync(ready: 3));

        Assert.Contains("sleep: 3 workers instead of 1; 2 workers to start", Run(site, "scale", "sleep", "3").Ok().Output, StringComparison.Ordinal);
        await UntilAsync(site, run => Idle(run) == 3, "workers", "sleep", "--json");
        var groups = Run(site, "scale", "return", "2");
        Assert.Equal(1, groups.ExitCode);
        Assert.Contains("return has the groups small, big: say which one is meant", groups.Error, StringComparison.Ordinal);
        Run(site, "scale", "return", "2", "--group", "big").Ok();
        await UntilAsync(site, run => Idle(run) == 3, "workers", "return", "--json");

        Assert.Contains("3 workers to stop", Run(site, "reload").Ok().Output, StringComparison.Ordinal);
        await UntilAsync(site, run => Idle(run) == 3, "workers", "--json");
    }

    [Fact]
    public async Task A_wrong_configuration_is_told_to_whoever_reloads_and_log_levels_last_until_then()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n");
        var dispatcher = await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 1));
        Run(site, "log-level", "warning", "--expect", "2").Ok();
        await UntilAsync(site, run => run.Output.Contains("logs warning", StringComparison.Ordinal), "status");
        var started = pool.Count("started on");
        await site.SendRawAsync("return 1", Text);
        await site.ResultsAsync(1);
        Assert.Equal(started, pool.Count("started on"));

        var good = await File.ReadAllTextAsync(site.ConfigFile, TestEnds);
        await File.WriteAllTextAsync(site.ConfigFile, good + "concurrency = many\n", TestEnds);
        var reload = Shell.Try(machine.Installation.Cli, "", "reload", "--expect", "2", "--config", await CopyOfAsync(site, good));
        Assert.Equal(1, reload.ExitCode);
        Assert.Equal(2, reload.Error.Split("the new configuration is not used").Length - 1);

        await File.WriteAllTextAsync(site.ConfigFile, good, TestEnds);
        Run(site, "reload", "--expect", "2").Ok();
        await dispatcher.LoggedAsync("Dispatching", 2);
        await site.SendRawAsync("return 2", Text);
        await site.ResultsAsync(1);
        await pool.LoggedAsync("started on", started + 1);
    }

    [Fact]
    public async Task A_host_that_does_not_allow_control_answers_and_is_not_steered()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\nallow_control = no\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 1));

        foreach (var command in (string[][])[["pause", "return"], ["scale", "return", "5"], ["reload"], ["log-level", "error"], ["cancel", "7f3a", "--even-if-unknown"]])
        {
            var refused = Run(site, [.. command, "--expect", "2"]);
            Assert.True(refused.ExitCode == 1, refused.ToString());
            Assert.Equal(2, refused.Error.Split("is not allowed on this host: [taskqueue] allow_control = no").Length - 1);
        }

        Assert.Single(Run(site, "workers", "--expect", "2", "--json").Ok().Json["workers"]!.AsArray());
        await UntilAsync(site, run => run.Output.Contains("allow_control = no", StringComparison.Ordinal), "status");
        await site.SendRawAsync("return 1", Text);
        await site.ResultsAsync(1);
    }

    [Fact]
    public async Task Progress_is_seen_by_operators_and_by_who_waits()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = progress-slow, progress\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 2));
        var id = await site.SendRawAsync("progress-slow 300", Text);

        var task = (await UntilAsync(site, run => run.Json["tasks"]!.AsArray() is [{ } only] && only["fraction"] is not null, "running", "--json")).Json["tasks"]![0]!;
        Assert.Equal((0.5, "half way"), ((double)task["fraction"]!, (string)task["message"]!));
        Assert.Contains("#####..... 50% half way", Run(site, ["running", .. Answers(2)]).Ok().Output, StringComparison.Ordinal);
        await UntilAsync(site, run => run.Output.Contains("50% half way", StringComparison.Ordinal), "top", "--count", "1");
        Run(site, "cancel", id).Ok();

        // A busy machine takes longer to tell of it than the shortest of these runs.
        foreach (var seconds in (int[])[3, 15, 60])
        {
            var waited = Run(site, "send", "progress-slow", $"{seconds}", "--wait", "--progress").Ok();
            Assert.Equal($"progress-slow {seconds}", waited.Output);
            if (waited.Error.Length > 0 || seconds == 60)
            {
                Assert.Equal("taskqueue: #####..... 50% half way\n", waited.Error);
                break;
            }
        }

        // One that floods is no slower for it, and has no progress left to tell when it is done.
        Assert.Equal("progress 2000000", Run(site, "send", "progress", "2000000", "--wait", "--timeout", "60s").Ok().Output);
    }

    [Fact]
    public async Task A_task_is_found_wherever_it_is()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep, fail, return\nprefetch = 1\n[sleep]\nworkers = 1\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 3));
        var runs = await site.SendRawAsync("sleep 300", Text);
        await UntilAsync(site, run => run.Json["tasks"]!.AsArray().Count == 1, "running", "--json");
        var (first, second) = (await site.SendRawAsync("sleep 1", Text), await site.SendRawAsync("sleep 2", Text));
        var (buried, rejected, unroutable, done) = (
            await site.SendRawAsync("fail permanent", Text), await site.SendRawAsync("...", Text), await site.SendRawAsync("nobody 1", Text), await site.SendRawAsync("return 1", Text));
        var delayed = Run(site, "send", "return", "later", "--delay", "300d").Ok().Output.Trim();
        await site.WaitsAsync(site.Queues.Results("results"), 2);
        await site.WaitsAsync(site.Queues.Unroutable, 1);
        await site.WaitsAsync(site.Queues.Worker("sleep"), 2);

        Assert.StartsWith($"{runs}: running on {Environment.MachineName} by sleep#1 (pid ", Run(site, "where", runs, "--timeout", "60s").Ok().Output, StringComparison.Ordinal);

        // What the look before took in its hands may still be on its way back.
        var busy = $"; the only worker of sleep is busy, on {Environment.MachineName}\n";
        await UntilAsync(site, run => run.Output == $"{first}: waits at place 1 of 2 in {site.Queues.Worker("sleep")}{busy}", "where", first, "--timeout", "60s");
        await UntilAsync(site, run => run.Output == $"{second}: waits at place 2 of 2 in {site.Queues.Worker("sleep")}{busy}", "where", second, "--timeout", "60s");
        Assert.StartsWith($"{buried}: buried in {site.Queues.Buried("fail")} after 1 attempt, the last on ", Where(site, buried), StringComparison.Ordinal);
        Assert.Contains(", by on_permanent_fail = bury: permanent, ", Where(site, buried), StringComparison.Ordinal);
        Assert.Equal($"{buried}", Assert.Single(Run(site, "buried", "list", "--json").Ok().Json["messages"]!.AsArray())!["message_id"]!.GetValue<string>());
        Assert.Equal("nobody", Run(site, "unroutable", "list", "--json").Ok().Json["messages"]![0]!["worker_type"]!.GetValue<string>());
        Assert.StartsWith($"{rejected}: rejected, at place 1 of 1 in {site.Queues.Rejected}: ", Where(site, rejected), StringComparison.Ordinal);
        Assert.StartsWith($"{unroutable}: unroutable, at place 1 of 1 in {site.Queues.Unroutable}: ", Where(site, unroutable), StringComparison.Ordinal);
        Assert.StartsWith($"{done}: done (success): its result waits at place ", Where(site, done), StringComparison.Ordinal);
        Assert.Contains(": delayed until ", Where(site, delayed), StringComparison.Ordinal);
        Assert.Equal("buried", (string?)Run(site, "where", buried, "--json").Json["state"]);
        var nowhere = Run(site, "where", "7f3a");
        Assert.Equal(1, nowhere.ExitCode);
        Assert.Contains("it is in no queue that was looked at", nowhere.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_task_is_found_and_cancelled_by_the_beginning_of_its_id_and_a_cancellation_is_taken_back_everywhere()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 1));
        await site.SendRawAsync("sleep 300", Text with { MessageId = "7f3a11" });
        await UntilAsync(site, run => run.Json["tasks"]!.AsArray().Count == 1, "running", "--json");
        await site.SendRawAsync("sleep 300", Text with { MessageId = "7f3b12" });
        await site.SendRawAsync("sleep 0", Text with { MessageId = "7f3b13" });
        await site.WaitsAsync(site.Queues.Worker("sleep"), 2);

        Assert.Equal("7f3a11", (string?)Run(site, ["running", "--id", "7f3a", "--json", .. Answers(2)]).Ok().Json["tasks"]![0]!["id"]);
        Assert.StartsWith("7f3a11: running on ", Run(site, "where", "7f3a").Ok().Output, StringComparison.Ordinal);
        var ambiguous = Run(site, "cancel", "7f3b");
        Assert.Equal((64, true), (ambiguous.ExitCode, ambiguous.Error.EndsWith("\n  7f3b12\n  7f3b13\n", StringComparison.Ordinal)));
        Assert.Equal(1, Run(site, "cancel", "7f3c").ExitCode);
        Run(site, "cancel", "7f3b12").Ok();
        Run(site, "cancel", "7f3b13").Ok();

        Assert.StartsWith("7f3b13: is run should it show up", Run(site, "cancellations", "undo", "7f3b13").Ok().Output, StringComparison.Ordinal);
        Assert.Equal(["7f3b12"], Run(site, "cancellations", "list", "--json").Ok().Json["cancellations"]!.AsArray().Select(known => (string)known!["id"]!));
        Assert.Contains("and was told to end", Run(site, "cancel", "7f3a").Ok().Output, StringComparison.Ordinal);

        var results = await site.ResultsAsync(3);
        Assert.Equal(("cancelled", "cancelled", "success"), (results["7f3a11"].Outcome, results["7f3b12"].Outcome, results["7f3b13"].Outcome));
        await pool.LoggedAsync($"Told to uncancel by root@{Environment.MachineName}: ids = 7f3b13");
    }

    [Fact]
    public async Task Requests_that_are_none_do_no_harm()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 1));
        foreach (var body in (string[])
            [
                "", "{", "[]", "null", """{"command":null}""", """{"command":"exec","code":"rm"}""", """{"command":"scale","type":"return","workers":-1}""",
                """{"command":"scale","type":"return","workers":1e99}""", """{"command":"scale","workers":1}""", """{"command":"pause","type":[]}""",
                """{"command":"cancel","ids":{}}""", """{"command":"cancel","ids":[null,1]}""", """{"command":"set-log-level","level":"loud"}""",
                """{"command":"running","id":7}""", """{"command":"pause","type":"return","type":"sleep"}""", """{"command":"pause","type":"return","host":{}}""",
            ])
        {
            await site.Broker.PublishAsync(
                new OutgoingMessage("", new MessageProperties { ReplyTo = site.Queues.ControlOf("nobody"), CorrelationId = "x" }, System.Text.Encoding.UTF8.GetBytes(body))
                {
                    Exchange = site.Queues.Control,
                },
                TestEnds);
        }

        Run(site, "resume", "return").Ok();
        await site.SendRawAsync("return 1", Text);
        Assert.Equal("success", (await site.ResultsAsync(1)).Values.Single().Outcome);
        Run(site, ["alive", .. Answers(2)]).Ok();
        Assert.False(pool.HasExited);
    }

    [Fact]
    public async Task Top_shows_queues_rates_services_tasks_and_failures()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return, fail\n");
        await AnsweringAsync(site.StartDispatcherAsync());
        await AnsweringAsync(site.StartPoolAsync(ready: 2));
        await site.SendRawAsync("fail permanent", Text);
        await site.WaitsAsync(site.Queues.Buried("fail"), 1);
        using var stop = new CancellationTokenSource();
        var load = LoadAsync(site, stop.Token);

        var top = Run(site, "top", "--count", "3", "--json").Ok().Json;
        var shown = Run(site, "top", "--count", "1").Ok().Output;

        await stop.CancelAsync();
        await load;
        var queue = top["queues"]!.AsArray().Single(queue => (string)queue!["queue"]! == site.Queues.Worker("return"))!;
        Assert.True((double)queue["in_per_second"]! > 1 && (double)queue["out_per_second"]! > 1, top.ToJsonString());
        Assert.Equal(2, top["services"]!.AsArray().Count);
        Assert.Contains("1 dispatcher, 1 pool", shown, StringComparison.Ordinal);
        Assert.Contains("permanent", shown[shown.IndexOf("Failures", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    private static async Task LoadAsync(Site site, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await site.SendRawAsync("return 1", Text);
        }
    }

    // Enough for a pool on a busy machine to answer; with the number that is expected nobody waits for longer than it takes.
    private static string[] Answers(int number) => ["--expect", $"{number}", "--timeout", "60s"];

    private static int Idle(CommandRun run) => run.Json["workers"]!.AsArray().Count(worker => (string?)worker!["state"] == "idle");

    private static async Task<string> CopyOfAsync(Site site, string text)
    {
        var path = Path.Combine(site.Folder, "good.ini");
        await File.WriteAllTextAsync(path, text, TestEnds);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static async Task<ServiceProcess> AnsweringAsync(Task<ServiceProcess> starting)
    {
        var service = await starting;
        await service.LoggedAsync("Answering what is asked");
        return service;
    }

    private string Where(Site site, string id) => Run(site, "where", id).Ok().Output;

    private CommandRun Run(Site site, params string[] arguments) => CommandRun.Of(machine, site, arguments);

    private Task<CommandRun> UntilAsync(Site site, Func<CommandRun, bool> isWanted, params string[] arguments) =>
        CommandRun.UntilAsync(machine, site, isWanted, arguments);
}
