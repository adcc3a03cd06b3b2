using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Commands that are wrong themselves: one error, the tasks wait, and a person mends it.</summary>
public sealed class CommandFaultTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    [Fact]
    public async Task A_program_that_is_missing_is_named_at_start_and_its_tasks_wait_for_it()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"]);
        var program = Path.Combine(site.Folder, "later.sh");
        site.Configure($"workers = x, return\n\n[x]\ncommand = {program}\nworkers = 5\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await pool.LoggedAsync($"the command cannot be run: {program} does not exist");
        var waiting = await site.SendAsync("x");
        var harmless = await site.SendAsync("return");
        Assert.Contains(harmless, await site.ResultsAsync(1));
        await site.WaitsAsync(site.Queues.Worker("x"), 1);
        Assert.Equal(1, pool.Count("error "));

        await File.WriteAllTextAsync(program, "#!/bin/sh\necho done\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        pool.Signal("HUP");

        var result = (await site.ResultsAsync(1))[waiting];
        Assert.Equal(("success", "done\n"), (result.Outcome, result.Text));
        await pool.LoggedAsync("Workers of x start again");
    }

    [Fact]
    public async Task A_program_that_the_workers_user_may_not_execute_is_named_at_start()
    {
        using var user = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, []);
        var program = Path.Combine(site.Folder, "roots.sh");
        await File.WriteAllTextAsync(program, "#!/bin/sh\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        site.Configure($"[x]\ncommand = {program}\nuser = {user.Name}\n");
        var pool = await site.StartPoolAsync(ready: 0);

        await pool.LoggedAsync($"the command cannot be run: {program} may not be executed by the user \"{user.Name}\"");
    }

    [Fact]
    public async Task Exit_code_127_pauses_the_type_and_gives_the_task_back_uncounted_until_the_command_is_corrected()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = x, return\n\n[x]\ncommand = /bin/sh -c 'no-such-tool'\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        var id = await site.SendAsync("x");

        await pool.LoggedAsync("Workers of x do not start, tasks stay in their queue");
        await pool.LoggedAsync("/bin/sh ended with exit code 127");
        Assert.Contains(await site.SendAsync("return"), await site.ResultsAsync(1));
        Assert.Equal(1, pool.Count("error "));

        site.Configure("workers = x, return\n\n[x]\ncommand = /bin/sh -c 'echo $TASKQUEUE_ATTEMPT'\nmax_attempts = 1\n");
        pool.Signal("HUP");

        Assert.Equal("1\n", (await site.ResultsAsync(1))[id].Text);
    }

    [Fact]
    public async Task A_task_at_which_its_command_ends_with_127_is_charged_with_that_once_others_are_done_meanwhile()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        var runs = Path.Combine(site.Folder, "runs");
        site.Configure($"workers = x\n\n[x]\nworkers = 2\nprefetch = 1\nmax_attempts = 1\nreport_failures = no\ncommand = /bin/sh -c 'read type what; echo $what >> {runs}; test $what = good || exit 127'\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 2);

        // A task shows that the host lacks nothing only where it begins after the first of those ends.
        var poison = await site.SendRawAsync("x poison", Text);
        await Eventually.TrueAsync(
            async () =>
            {
                var good = await site.SendRawAsync("x good", Text);
                Assert.Equal([good], (await site.ResultsAsync(1)).Keys);
                return (await site.Broker.InspectQueueAsync(site.Queues.Buried("x"), TestContext.Current.CancellationToken))?.Ready == 1;
            },
            () => "the poison buried, with others done meanwhile",
            TimeSpan.FromMinutes(3));

        Assert.Contains(poison, await site.TakeAsync(site.Queues.Buried("x"), 1));
        Assert.InRange((await File.ReadAllLinesAsync(runs, TestContext.Current.CancellationToken)).Count(line => line == "poison"), 2, 6);
    }

    [Fact]
    public async Task Many_tasks_whose_command_is_missing_keep_none_of_the_others_waiting_for_long()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        site.Configure("workers = x\n\n[x]\nprefetch = 1\nmax_attempts = 1\nreport_failures = no\ncommand = /bin/sh -c 'read type what; test $what = good || exit 127'\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        for (var i = 0; i < 15; i++)
        {
            await site.SendRawAsync("x poison", Text);
        }

        var good = new List<string> { await site.SendRawAsync("x good", Text), await site.SendRawAsync("x good", Text) };

        Assert.Subset((await site.ResultsAsync(2)).Keys.ToHashSet(), good.ToHashSet());
    }

    [Fact]
    public async Task A_task_whose_command_is_missing_does_not_end_those_that_run_beside_it()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        var (runs, go) = (Path.Combine(site.Folder, "runs"), Path.Combine(site.Folder, "go"));
        site.Configure($"workers = x\n\n[x]\nconcurrency = 2\ncommand = /bin/sh -c 'read type what; echo $what >> {runs}; test $what = long || exit 127; until test -e {go}; do sleep 0.1; done'\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var beside = await site.SendRawAsync("x long", Text);
        await Eventually.TrueAsync(() => File.Exists(runs), () => "a run of the long task");

        await site.SendRawAsync("x poison", Text);
        await pool.LoggedAsync("goes back to its queue");
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        Assert.Contains(beside, await site.ResultsAsync(1));
        Assert.Single(await File.ReadAllLinesAsync(runs, TestContext.Current.CancellationToken), "long");
        await pool.LoggedAsync("Workers of x do not start, tasks stay in their queue: x#1 cannot do its tasks: /bin/sh ended with exit code 127");
    }

    [Fact]
    public async Task Workers_that_only_a_task_shows_to_be_of_no_use_do_not_wake_each_other()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        var runs = Path.Combine(site.Folder, "runs");
        site.Configure($"workers = x\n\n[x]\nworkers = 2\ncommand = /bin/sh -c 'date +%s >> {runs}; exit 127'\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 2);

        await site.SendRawAsync("x", Text);

        // Both find out; from then on one tries now and then.
        await Eventually.TrueAsync(() => File.Exists(runs) && File.ReadAllLines(runs).Length >= 4, () => "four runs", TimeSpan.FromMinutes(3));
        var times = (await File.ReadAllLinesAsync(runs, TestContext.Current.CancellationToken)).Select(long.Parse).ToList();
        Assert.True(times[2] - times[1] >= 25 && times[3] - times[2] >= 25, string.Join(' ', times));
    }

    [Fact]
    [Trait("Case", "B6")]
    public async Task A_host_without_descriptors_for_a_command_is_no_fault_of_its_tasks()
    {
        await using var site = await Site.SetUpAsync(machine, [], "workers = x\n\n[x]\ncommand = /bin/echo done\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await site.SendAsync("x");
        await site.ResultsAsync(1);

        // Some for the runtime, but not as many as the pipes of a command take.
        var worker = Assert.Single(ProcessFacts.WorkersOf(pool.Pid));
        var open = Directory.GetFiles($"/proc/{worker}/fd").Select(Path.GetFileName).ToHashSet();
        var limit = Enumerable.Range(0, 10_000).Where(number => !open.Contains($"{number}")).ElementAt(4);
        Shell.Run("prlimit", "--pid", $"{worker}", $"--nofile={limit}:");

        var id = await site.SendAsync("x");
        await pool.LoggedAsync("the host has no more processes, descriptors or memory for it");

        // The next process has the limit of its section, and the task comes again uncounted.
        pool.Signal("HUP");
        var result = (await site.ResultsAsync(1))[id];
        Assert.Equal(("success", "done\n"), (result.Outcome, result.Text));
        await pool.LoggedAsync("Workers of x start again");
    }

    [Fact]
    public async Task A_changed_command_is_rolled_out_and_one_that_cannot_run_is_not()
    {
        await using var site = await Site.SetUpAsync(machine, [], "[x]\ncommand = echo one\n[y]\ncommand = echo y\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        Assert.Equal("one\n", await AnswerAsync(site));

        site.Configure("[x]\ncommand = echo two\n[y]\ncommand = echo y\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded: 1 worker replaced");
        Assert.Equal("two\n", await AnswerAsync(site));

        site.Configure("[x]\ncommand = /no/such/program\n[y]\ncommand = echo y\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("/no/such/program does not exist");
        Assert.Equal("two\n", await AnswerAsync(site));

        site.Configure("[x]\ncommand = echo {wrong}\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("expected a placeholder, found \"{wrong}\"");
        Assert.Equal("two\n", await AnswerAsync(site));
    }

    [Fact]
    public async Task Check_shows_commands_beside_plugins()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], "[x]\ncommand = /bin/prog --id {message_id}\nworkers = 3\n");

        var (exitCode, output, _) = Shell.Try(machine.Installation.WorkerPool, "", "--config", site.ConfigFile, "--check");

        Assert.Equal(0, exitCode);
        Assert.Matches(@"(?m)^x +- +3 +1 +\S+ +/bin/prog --id \{message_id\}$", output);
        Assert.Contains("[x]\nworkers = 3", output.Replace("command = /bin/prog --id {message_id}\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("echo.dll", output, StringComparison.Ordinal);
    }

    private static async Task<string> AnswerAsync(Site site)
    {
        var id = await site.SendAsync("x");
        return (await site.ResultsAsync(1))[id].Text;
    }
}
