using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What becomes of tasks that fail, through the real services.</summary>
public sealed class FailureTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    [Theory]
    [InlineData("permanent", "permanent", "the input is bad")]
    [InlineData("bug", "unknown", "System.InvalidOperationException: a bug")]
    public async Task A_final_failure_is_buried_as_it_came_and_reported(string how, string reason, string error)
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = fail\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        var id = await site.SendRawAsync($"fail {how}", Text with { Expiration = "3600000", CorrelationId = "c1" });

        var result = (await site.ResultsAsync(1)).Single();
        Assert.Equal("c1", result.Value.Properties.CorrelationId);
        Assert.Contains($"Error: {error}", result.Value.Text, StringComparison.Ordinal);
        var buried = (await site.TakeAsync(site.Queues.Buried("fail"), 1)).Single().Value;
        Assert.Equal(id, buried.Properties.MessageId);
        Assert.Equal($"fail {how}", buried.Text);
        Assert.Equal(reason, buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.StartsWith(error, buried.Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
        Assert.Contains("FailWorker", buried.Properties.HeaderText(HeaderNames.Trace)!, StringComparison.Ordinal);
        Assert.Equal("fail#1", buried.Properties.HeaderText(HeaderNames.Worker));
        await site.WaitsAsync(site.Queues.Worker("fail"), 0);
    }

    [Theory]
    [InlineData("quorum")]
    [InlineData("classic")]
    public async Task A_temporary_failure_is_tried_again_until_it_has_had_its_attempts(string queueType)
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = fail\n[DEFAULT]\nmax_attempts = 3\nrelease_delay = 100ms\n", queueType: queueType);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        var id = await site.SendRawAsync("fail temporary 0.1", Text);

        var buried = (await site.TakeAsync(site.Queues.Buried("fail"), 1)).Single().Value;
        Assert.Equal(id, buried.Properties.MessageId);
        Assert.Equal("3", buried.Properties.HeaderText(HeaderNames.Attempts));
        Assert.Equal("temporary", buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.Equal(3, pool.Count($"Task {id} started"));
        Assert.Equal(1, (await site.ResultsAsync(1)).Single().Value.Copies);
        Assert.Equal(0, pool.Count("warn  Task") - 1);
    }

    [Fact]
    public async Task A_deleted_task_leaves_its_failure_result_only_and_that_can_be_switched_off()
    {
        await using var site = await Site.SetUpAsync(
            machine,
            ["testplugins"],
            "workers = fail, exit\n[fail]\non_permanent_fail = delete\n[exit]\non_crash = delete\nreport_failures = no\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        var silent = await site.SendRawAsync("exit 3", Text);
        await pool.LoggedAsync($"Task {silent} failed on exit#1 (crash, attempt 1 of 5)");
        var deleted = await site.SendRawAsync("fail permanent", Text);

        Assert.Equal([deleted], (await site.ResultsAsync(1)).Keys);
        await site.WaitsAsync(site.Queues.Worker("fail"), 0);
        await site.WaitsAsync(site.Queues.Worker("exit"), 0);
        Assert.Null(await site.Broker.InspectQueueAsync(site.Queues.Buried("fail"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_task_that_kills_its_process_every_time_is_buried_with_the_last_words_and_others_go_on()
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = exit-overflow, return\n[exit-overflow]\nmax_attempts = 3\nrelease_delay = 100ms\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        var poison = await site.SendRawAsync("exit-overflow", Text);
        var good = await site.SendRawAsync("return", Text);

        var buried = (await site.TakeAsync(site.Queues.Buried("exit-overflow"), 1)).Single().Value;
        Assert.Equal("crash", buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.Equal("3", buried.Properties.HeaderText(HeaderNames.Attempts));
        Assert.Contains("SIGABRT", buried.Properties.HeaderText(HeaderNames.Error)!, StringComparison.Ordinal);
        Assert.Contains("Stack overflow", buried.Properties.HeaderText(HeaderNames.Trace)!, StringComparison.Ordinal);
        var results = await site.ResultsAsync(2);
        Assert.Equal(new[] { good, poison }.Order(), results.Keys.Order());
        Assert.Contains("SIGABRT", results[poison].Text, StringComparison.Ordinal);
        Assert.Equal(3, pool.Count($"Task {poison} started"));
    }

    [Theory]
    [InlineData("exit-fast", "Process terminated. no licence")]
    [InlineData("exit-background", "Unhandled exception. System.InvalidOperationException: thrown on a background thread")]
    public async Task The_error_of_a_task_that_ends_its_process_has_what_the_runtime_says(string workerType, string words)
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"workers = {workerType}\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        await site.SendRawAsync(workerType, Text);

        var buried = (await site.TakeAsync(site.Queues.Buried(workerType), 1)).Single().Value;
        Assert.EndsWith($" was ended by SIGABRT: {words}", buried.Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quorum")]
    [InlineData("classic")]
    public async Task A_task_whose_pool_dies_every_time_is_buried_in_the_end(string queueType)
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = sleep\n[sleep]\nmax_attempts = 2\n", queueType: queueType);
        await site.StartDispatcherAsync();
        var id = await site.SendRawAsync("sleep 3600", Text);

        // The first run that is lost with its pool does not count.
        for (var run = 1; run <= 3; run++)
        {
            var pool = await site.StartPoolAsync(ready: 1);
            await pool.LoggedAsync($"Task {id} started");
            pool.KillHard();
        }

        await site.StartPoolAsync(ready: 1);

        var buried = (await site.TakeAsync(site.Queues.Buried("sleep"), 1)).Single().Value;
        Assert.Equal(id, buried.Properties.MessageId);
        Assert.Equal("crash", buried.Properties.HeaderText(HeaderNames.Reason));
        Assert.Equal("2", buried.Properties.HeaderText(HeaderNames.Attempts));
    }

    [Fact]
    public async Task A_pool_that_stops_gives_its_tasks_back_uncounted()
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = tell-context, sleep-stubborn\nshutdown_timeout = 0s\n[sleep-stubborn]\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        var id = await site.SendRawAsync("sleep-stubborn 3600", Text);
        for (var stop = 1; stop <= 3; stop++)
        {
            var pool = await site.StartPoolAsync(ready: 2);
            await pool.LoggedAsync($"Task {id} started");
            Assert.Equal(0, await pool.StopAsync());
        }

        await site.WaitsAsync(site.Queues.Worker("sleep-stubborn"), 1);
    }

    [Fact]
    public async Task A_task_that_runs_for_too_long_is_told_to_end_and_then_killed_with_all_that_it_started()
    {
        await using var site = await Site.SetUpAsync(
            machine,
            ["testplugins"],
            "workers = sleep, sleep-stubborn, fork\n[DEFAULT]\ntimeout = 500ms\nkill_after = 500ms\non_timeout = bury\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 3);

        await site.SendRawAsync("sleep 3600", Text);
        await site.SendRawAsync("sleep-stubborn 3600", Text);
        await site.SendRawAsync($"fork {site.Folder}/child", Text);

        foreach (var type in (string[])["sleep", "sleep-stubborn", "fork"])
        {
            var buried = (await site.TakeAsync(site.Queues.Buried(type), 1)).Single().Value;
            Assert.Equal("timeout", buried.Properties.HeaderText(HeaderNames.Reason));
        }

        // The one that listens keeps its process, the deaf ones get new ones.
        await pool.LoggedAsync("is ready", times: 5);
        Assert.Equal(1, pool.Count("Worker sleep#1 (pid"));
        var child = int.Parse(await File.ReadAllTextAsync(Path.Combine(site.Folder, "child"), TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => !ProcessFacts.Exists(child), () => $"the end of the forked process {child}");
    }

    [Fact]
    public async Task A_message_shortens_its_time_limit_and_one_that_is_too_late_is_not_started()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n[sleep]\non_timeout = bury\ntimeout = 1h\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        var slow = await site.SendRawAsync("sleep 3600", Text.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Timeout, "0.2")));
        var late = await site.SendRawAsync("sleep 0", Text.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Expires, 1_700_000_000_000L)));

        var results = await site.ResultsAsync(2);
        Assert.Equal("timeout", results[slow].Properties.HeaderText(HeaderNames.Outcome));
        Assert.Equal("expired", results[late].Properties.HeaderText(HeaderNames.Outcome));
        Assert.Equal(0, pool.Count($"Task {late} started"));
        await site.WaitsAsync(site.Queues.Buried("sleep"), 1);
    }

    [Fact]
    public async Task A_task_that_runs_through_a_lost_connection_is_neither_started_twice_nor_lost()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep-until\n[sleep-until]\nworkers = 2\n");
        await site.StartDispatcherAsync();
        await using var link = site.LinkServices();
        var pool = await site.StartPoolAsync(ready: 2);
        var end = Path.Combine(site.Folder, "end");
        var id = await site.SendRawAsync($"sleep-until {end}", Text);
        await pool.LoggedAsync($"Task {id} started");

        link.Cut();

        await pool.LoggedAsync($"Task {id} was delivered again");
        await File.WriteAllTextAsync(end, "", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await site.ResultsAsync(1)).Single().Value.Copies);
        Assert.Equal(1, pool.Count($"Task {id} started"));
        await site.WaitsAsync(site.Queues.Worker("sleep-until"), 0);
        await site.WaitsAsync(site.Queues.Results("results"), 0);
    }
}
