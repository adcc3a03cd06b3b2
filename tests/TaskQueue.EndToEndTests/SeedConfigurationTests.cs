using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>The configuration that the contracts give as their example, with real users.</summary>
public sealed class SeedConfigurationTests(Machine machine)
{
    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    public async Task Runs_three_processes_of_one_type_and_one_each_as_two_other_users(string dialect)
    {
        using var bifh1 = new TemporaryUser();
        using var bifh2 = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], dialect == "first" ? $"""
            workers = worker1, worker2

            [DEFAULT]
            workers: 1

            [worker1]
            plugin: return
            workers: 3

            [worker2]
            plugin: return
            workers: {bifh1.Name}, {bifh2.Name}

            [worker2_{bifh1.Name}]
            workers: 1
            user: {bifh1.Name}

            [worker2_{bifh2.Name}]
            workers: 1
            user: {bifh2.Name}
            """ : $"""
            workers = worker1, worker2

            [worker_worker1]
            plugin = return
            instances = 3

            [worker_worker2]
            plugin = return
            subgroups = {bifh1.Name}, {bifh2.Name}

            [worker_worker2_{bifh1.Name}]
            user = {bifh1.Name}

            [worker_worker2_{bifh2.Name}]
            user = {bifh2.Name}
            """);

        var pool = await site.StartPoolAsync(ready: 5);

        var workers = ProcessFacts.WorkersOf(pool.Pid);
        Assert.Equal(5, workers.Count);
        var byUid = workers.ToLookup(pid => ProcessFacts.Status(pid, "Uid")!.Split('\t')[0]);
        Assert.Equal(3, byUid["0"].Count());
        foreach (var user in new[] { bifh1, bifh2 })
        {
            var pid = Assert.Single(byUid[user.Uid]);
            AllAre(user.Uid, ProcessFacts.Status(pid, "Uid"));
            AllAre(user.Gid, ProcessFacts.Status(pid, "Gid"));
            Assert.Equal(user.Groups, string.Join(' ', ProcessFacts.Status(pid, "Groups")!.Split(' ').OrderBy(int.Parse)));
        }

        foreach (var pid in workers)
        {
            Assert.Equal("1", ProcessFacts.Status(pid, "NoNewPrivs"));
            var visible = ProcessFacts.Environment(pid) + ProcessFacts.CommandLine(pid);
            Assert.DoesNotContain(site.BrokerOptions.Password!, visible, StringComparison.Ordinal);
            Assert.DoesNotContain("AMQP", visible, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_section_with_an_unknown_user_is_refused_with_an_error_and_the_others_run()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], """
            workers = good, bad

            [good]
            plugin = return

            [bad]
            plugin = return
            user = no-such-user
            """);

        var pool = await site.StartPoolAsync(ready: 1);

        await pool.LoggedAsync("[bad] user = \"no-such-user\": this host has no such user");
        Assert.Single(ProcessFacts.WorkersOf(pool.Pid));
    }

    [Fact]
    public async Task A_pool_that_is_not_root_refuses_to_run_a_section_as_somebody_else()
    {
        using var user = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], """
            workers = mine, roots

            [mine]
            plugin = return

            [roots]
            plugin = return
            user = root
            """);
        Shell.Run("chown", user.Name, site.ConfigFile);

        var pool = site.Start(
            "/usr/bin/setpriv", "--reuid", user.Name, "--regid", user.Gid, "--init-groups", "--",
            machine.Installation.WorkerPool, "--config", site.ConfigFile);

        await pool.LoggedAsync("is ready");
        await pool.LoggedAsync("[roots] user = \"root\": only a pool that runs as root can switch users");
        Assert.Equal(user.Uid, ProcessFacts.Status(Assert.Single(ProcessFacts.WorkersOf(pool.Pid)), "Uid")!.Split('\t')[0]);
    }

    [Fact]
    public async Task Check_prints_the_plan_as_a_table_and_exits_0()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], "[echo]\nworkers = 4\nuser = root\n");

        var (exitCode, output, _) = Shell.Try(machine.Installation.WorkerPool, "", "--config", site.ConfigFile, "--check");

        Assert.Equal(0, exitCode);
        var row = output.Split('\n').Single(line => line.StartsWith("echo ", StringComparison.Ordinal));
        Assert.Equal(["echo", "-", "4", "1", "root"], row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..5]);
    }

    [Fact]
    public async Task Check_tells_all_problems_at_once_and_exits_78()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], "shutdown_timout = 5\nlog_format = xml\n");

        foreach (var executable in new[] { machine.Installation.WorkerPool, machine.Installation.Dispatcher })
        {
            var (exitCode, _, error) = Shell.Try(executable, "", "--config", site.ConfigFile, "--check");

            Assert.Equal(78, exitCode);
            Assert.Contains("shutdown_timeout", error, StringComparison.Ordinal);
            Assert.Contains("log_format = \"xml\"", error, StringComparison.Ordinal);
        }
    }

    // The real, effective, saved and file system id.
    private static void AllAre(string expected, string? ids) => Assert.All(ids!.Split('\t'), id => Assert.Equal(expected, id));
}
