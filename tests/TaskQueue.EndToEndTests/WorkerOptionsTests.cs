using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What a worker section asks for is what its processes get.</summary>
public sealed class WorkerOptionsTests(Machine machine)
{
    [Fact]
    public async Task A_process_has_the_user_limits_directory_and_environment_of_its_section_and_nothing_else()
    {
        using var user = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"""
            workers = tell-process

            [tell-process]
            user = {user.Name}
            umask = 027
            nice = 5
            working_dir = /usr/share
            limit_nofile = 1234
            env_API_URL = http://localhost:1/x
            """);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        await site.SendAsync("tell-process");

        var told = Assert.Single(await site.ResultsAsync(1)).Value.Field("answer")!;
        Assert.Equal(user.Uid, told["uid"]!.ToString());
        Assert.Equal(user.Gid, told["gid"]!.ToString());
        Assert.Equal(user.Groups, string.Join(' ', told["groups"]!.AsArray().Select(group => (long)group!).Order()));
        Assert.Equal("0027", told["umask"]!.ToString());
        Assert.Equal(Math.Min(19, int.Parse(Shell.Run("nice"), CultureInfo.InvariantCulture) + 5), (int)told["nice"]!);
        Assert.Equal("/usr/share", told["cwd"]!.ToString());
        Assert.Equal("1234", told["nofile"]!.ToString());
        Assert.Equal("1", told["no_new_privs"]!.ToString());
        var environment = told["environment"]!.AsObject();
        Assert.Equal("http://localhost:1/x", environment["API_URL"]!.ToString());
        Assert.Equal(user.Name, environment["USER"]!.ToString());
        Assert.Equal("/nonexistent", environment["HOME"]!.ToString());
        Assert.Empty(environment.Select(variable => variable.Key).Except(["API_URL", "HOME", "LANG", "PATH", "USER", "DOTNET_EnableDiagnostics", "DOTNET_ROOT", "PWD"]));
    }

    [Fact]
    public async Task What_a_task_has_used_is_told_and_limits_that_cannot_be_had_are_never_left_out_silently()
    {
        const string Sections = """
            [spend]
            command = /bin/sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'
            report_usage = yes

            [bounded]
            command = /bin/echo done
            memory_max = 64M
            """;
        await using var site = await Site.SetUpAsync(machine, [], $"cgroup_dir = /no/such/group\nworkers = spend, bounded\n\n{Sections}\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await pool.LoggedAsync("[bounded] memory_max: [taskqueue] cgroup_dir = \"/no/such/group\" does not exist");
        var spending = await site.SendAsync("spend");

        var result = (await site.ResultsAsync(1))[spending];

        Assert.Equal("success", result.Outcome);
        Assert.InRange((long)result.Properties.Headers!["x-taskqueue-cpu-ms"]!, 20, 60_000);
        Assert.InRange((long)result.Properties.Headers["x-taskqueue-peak-memory"]!, 1 << 20, 1 << 30);

        site.Configure($"cgroup_dir = /no/such/group\ncgroups = optional\nworkers = spend, bounded\n\n{Sections}\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("[bounded] memory_max is not in force");
        var unbounded = await site.SendAsync("bounded");
        Assert.Equal("done\n", (await site.ResultsAsync(1))[unbounded].Text);
    }

    [Fact]
    public async Task One_process_runs_as_many_tasks_at_once_as_its_concurrency()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n\n[sleep]\nconcurrency = 4\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        for (var i = 0; i < 5; i++)
        {
            await site.SendRawAsync("sleep 3600", new MessageProperties { ContentType = "text/plain" });
        }

        await pool.LoggedAsync(" started on sleep#1", times: 4);
        await site.WaitsAsync(site.Queues.Worker("sleep"), 1);
        Assert.Equal(4, pool.Count(" started on sleep#1"));
    }

    [Fact]
    public async Task A_worker_is_replaced_after_max_tasks_and_no_task_is_run_twice()
    {
        const int Tasks = 10;
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = count\n\n[count]\nmax_tasks = 3\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        for (var i = 0; i < Tasks; i++)
        {
            await site.SendAsync("count");
        }

        var answers = (await site.ResultsAsync(Tasks)).Values.Select(result => result.Field("answer")!.ToString().Split(' ')).ToList();

        Assert.All(answers, answer => Assert.InRange(int.Parse(answer[0]), 1, 3));
        Assert.Equal(4, answers.Select(answer => answer[1]).Distinct().Count());
        Assert.Equal(Tasks, pool.Count(" started on count#1"));
        Assert.Equal(0, pool.Count("it is started again"));
    }

    [Fact]
    public async Task Idle_callbacks_come_after_idle_timeout()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = idle\n\n[idle]\nidle_timeout = 200ms\n");

        var pool = await site.StartPoolAsync(ready: 1);

        await pool.LoggedAsync("[idle#1] idle 1");
    }

    [Fact]
    public async Task Settings_that_the_system_does_not_know_reach_the_plugin_from_every_level()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], """
            workers = told

            [DEFAULT]
            colour = red
            shape = round

            [told]
            plugin = tell-settings
            workers = blue
            size = 5

            [told_blue]
            colour = blue
            """);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        await site.SendAsync("told");

        var told = Assert.Single(await site.ResultsAsync(1)).Value.Field("answer")!;
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["colour"] = "blue", ["shape"] = "round", ["size"] = "5" }, told), told.ToJsonString());
    }

    [Fact]
    public async Task No_task_waits_behind_a_busy_worker_while_another_host_is_idle()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        await site.StartPoolAsync(ready: 1);
        await site.SendRawAsync("sleep 3600", new MessageProperties { ContentType = "text/plain" });

        var ids = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            ids.Add(await site.SendRawAsync("sleep 0", new MessageProperties { ContentType = "text/plain" }));
        }

        Assert.Equal(ids.Order(), (await site.ResultsAsync(10)).Keys.Order());
    }

    [Fact]
    public async Task Results_go_to_the_routing_key_of_the_section()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], "[echo]\nresults_routing_key = done\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        var id = await site.SendAsync("echo");

        Assert.Contains(id, await site.ResultsAsync(1, site.Queues.Results("done")));
    }

    [Fact]
    public async Task An_idle_worker_has_at_most_15_MB_for_itself_with_ten_of_them()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], "[echo]\nworkers = 10\n");
        var pool = await site.StartPoolAsync(ready: 10);
        var workers = ProcessFacts.WorkersOf(pool.Pid);
        Assert.Equal(10, workers.Count);

        const long Limit = 15 * 1024 * 1024;
        await Eventually.TrueAsync(
            () => workers.All(pid => ProcessFacts.ProportionalBytes(pid) <= Limit),
            () => $"at most {Limit} bytes each; they have {string.Join(", ", workers.Select(ProcessFacts.ProportionalBytes))}");
    }
}
