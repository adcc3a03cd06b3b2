using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>An attempt is a run that began: not a look, not a place in a pool that died, not the death of a neighbour.</summary>
public sealed class AttemptTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Case", "B3")]
    public async Task What_a_killed_pool_had_and_the_first_run_that_it_took_along_count_for_nothing()
    {
        const int Tasks = 15;
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n[sleep]\nprefetch = 20\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await SendAsync(site, "sleep 0.2", Tasks);
        await pool.LoggedAsync("started on sleep#1", times: 2);

        pool.KillHard();

        await site.StartPoolAsync(ready: 1);
        var results = await site.ResultsAsync(Tasks);
        Assert.All(results.Values, result => Assert.Equal("success", result.Outcome));
        Assert.Null(await site.Broker.InspectQueueAsync(site.Queues.Buried("sleep"), TestEnds));
    }

    [Theory]
    [InlineData("quorum")]
    [InlineData("classic")]
    [Trait("Case", "B4")]
    public async Task Whoever_looks_at_tasks_that_wait_costs_them_no_attempt(string queueType)
    {
        const int Tasks = 5;
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n[return]\nmax_attempts = 1\n", queueType: queueType);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await pool.StopAsync();
        var ids = await SendAsync(site, "return x", Tasks);
        await site.WaitsAsync(site.Queues.Worker("return"), Tasks);

        for (var look = 0; look < 5; look++)
        {
            Assert.Contains("waits at place", CommandRun.Of(machine, site, "where", ids[^1]).Ok().Output, StringComparison.Ordinal);
        }

        await site.StartPoolAsync(ready: 1);
        Assert.All((await site.ResultsAsync(Tasks)).Values, result => Assert.Equal("success", result.Outcome));
    }

    [Fact]
    public async Task A_task_that_kills_its_pool_begins_once_more_than_it_may_and_is_buried()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = kill-pool\n[kill-pool]\nmax_attempts = 2\n");
        await site.StartDispatcherAsync();
        var marks = Path.Combine(site.Folder, "begun");
        await SendAsync(site, $"kill-pool {marks}", 1);
        for (var run = 0; run < 3; run++)
        {
            var pool = site.Start(machine.Installation.WorkerPool, "--config", site.ConfigFile);
            await Eventually.TrueAsync(() => pool.HasExited, () => $"the end of pool {run}\n{pool.Log}");
        }

        var last = await site.StartPoolAsync(ready: 1);

        await site.WaitsAsync(site.Queues.Buried("kill-pool"), 1);
        Assert.Equal(3, (await File.ReadAllLinesAsync(marks, TestEnds)).Length);
        Assert.False(last.HasExited);
    }

    [Theory]
    [InlineData("quorum")]
    [InlineData("classic")]
    public async Task A_task_that_is_acknowledged_before_it_starts_never_runs_twice(string queueType)
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = kill-pool, return\nacknowledge = before_start\n", queueType: queueType);
        await site.StartDispatcherAsync();
        var pool = site.Start(machine.Installation.WorkerPool, "--config", site.ConfigFile);
        await pool.LoggedAsync("Serving");
        var marks = Path.Combine(site.Folder, "begun");
        var done = await SendAsync(site, "return x", 20);
        Assert.Equal(done.Order(StringComparer.Ordinal), (await site.ResultsAsync(20)).Keys.Order(StringComparer.Ordinal));

        await SendAsync(site, $"kill-pool {marks}", 1);
        await Eventually.TrueAsync(() => pool.HasExited, () => $"the end of the pool\n{pool.Log}");

        var next = await site.StartPoolAsync(ready: 2);
        await site.WaitsAsync(site.Queues.Worker("kill-pool"), 0);
        Assert.Equal(0, await next.StopAsync());
        Assert.Single(await File.ReadAllLinesAsync(marks, TestEnds));
        await site.WaitsAsync(site.Queues.Worker("kill-pool"), 0);
    }

    [Fact]
    [Trait("Case", "B8")]
    public async Task A_buried_task_that_is_moved_back_by_hand_is_run_again_and_fails_for_its_own_reason()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = fail\n[fail]\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await SendAsync(site, "fail permanent", 1);
        var buried = Assert.Single(await site.TakeAsync(site.Queues.Buried("fail"), 1)).Value;

        await site.PublishAsync(site.Queues.Worker("fail"), buried.Properties, buried.Body);

        var again = Assert.Single(await site.TakeAsync(site.Queues.Buried("fail"), 1)).Value;
        Assert.Equal(("permanent", "1"), (again.Properties.HeaderText(HeaderNames.Reason), again.Properties.HeaderText(HeaderNames.Attempts)));
        Assert.Equal(2, pool.Count("started on fail#1"));
    }

    [Fact]
    [Trait("Case", "B5")]
    public async Task The_tasks_behind_one_that_runs_out_of_memory_are_not_blamed()
    {
        const int Rounds = 5;
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = eat\n[eat]\nlimit_memory = 64M\nprefetch = 20\non_crash = bury\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        await SendAsync(site, "eat 1", 20);
        Assert.Equal(20, (await site.ResultsAsync(20)).Count);

        List<string> small = [];
        for (var i = 0; i < Rounds; i++)
        {
            await SendAsync(site, "eat 1000", 1);
            small.AddRange(await SendAsync(site, "eat 1", 3));
        }

        var results = await site.ResultsAsync(Rounds * 4);
        Assert.All(small, id => Assert.Equal("success", results[id].Outcome));
    }

    [Theory]
    [InlineData("")]
    [InlineData("timeout = 1s")]
    [Trait("Case", "B7")]
    public async Task A_process_whose_threads_are_used_up_is_replaced_and_its_task_run_by_the_next(string option)
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"workers = hog-threads\n[hog-threads]\nmax_attempts = 1\n{option}\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await SendAsync(site, "hog-threads hog", 1);
        await site.ResultsAsync(1);

        await SendAsync(site, "hog-threads then", 1);

        Assert.Equal("success", Assert.Single(await site.ResultsAsync(1)).Value.Outcome);
        await pool.LoggedAsync("though it had a place for it; the plugin may have used up the threads of the process");
    }

    [Fact]
    [Trait("Case", "A6")]
    public async Task Headers_that_are_nested_deep_reach_their_task_and_cost_nobody_a_place()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        IDictionary<string, object?> nested = new Dictionary<string, object?>();
        for (var i = 0; i < 70; i++)
        {
            nested = new Dictionary<string, object?> { ["in"] = nested };
        }

        for (var i = 0; i < 3; i++)
        {
            await site.SendAsync("return", properties: new MessageProperties { ContentType = "application/json" }.WithHeaders(new KeyValuePair<string, object?>("apm", nested)));
        }

        await site.SendAsync("return");

        Assert.All((await site.ResultsAsync(4)).Values, result => Assert.Equal("success", result.Outcome));
    }

    [Fact]
    public async Task A_process_that_is_killed_for_its_tasks_is_started_again_without_a_growing_delay()
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "workers = sleep-stubborn\n[sleep-stubborn]\ntimeout = 100ms\nkill_after = 0s\non_timeout = delete\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        await SendAsync(site, "sleep-stubborn 60", 4);

        await pool.LoggedAsync("did not end within kill_after, 0 s); it is started again in 0.1 s", times: 4);
    }

    private static async Task<IReadOnlyList<string>> SendAsync(Site site, string body, int count)
    {
        List<string> ids = [];
        for (var i = 0; i < count; i++)
        {
            ids.Add(await site.SendRawAsync(body, Text));
        }

        return ids;
    }
}
