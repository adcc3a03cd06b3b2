using System.Globalization;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests.Commands;

/// <summary>No process that a command started is there when its task has ended, or its worker.</summary>
public sealed class CommandProcessesTests
{
    // Each prints the pid of what it leaves to standard error.
    public static TheoryData<string> Leavers => new(
        "sleep 3600 & echo $! >&2",
        "(trap '' TERM HUP; sleep 3600) & echo $! >&2",
        "setsid sh -c 'echo $$ >&2; exec sleep 3600' & sleep 0.3",
        "(setsid sh -c 'echo $$ >&2; exec sleep 3600 </dev/null >/dev/null 2>&1' &)& sleep 0.3",
        "setsid -f sh -c 'sleep 3600 & echo $! >&2; setsid -f sleep 3600; wait'; sleep 0.3");

    [Theory]
    [MemberData(nameof(Leavers))]
    public async Task What_a_command_leaves_ends_with_it_and_does_not_hold_its_task(string script)
    {
        await using var worker = await RunningCommand.ShellAsync($"{script}; echo done");

        var result = await worker.RunBytesAsync([]);

        Assert.Equal("done\n", result.OnlyBody());
        await RunningCommand.GoneAsync(FirstPid(worker), "the orphan");
        Assert.Empty(ChildrenOf(worker.Pid));
    }

    [Theory]
    [MemberData(nameof(Leavers))]
    public async Task Nothing_survives_a_worker_that_is_killed(string script)
    {
        await using var worker = await RunningCommand.ShellAsync($"{script}; echo started >&2; exec sleep 3600", RunningCommand.BodyFile);
        await worker.SendTaskAsync([], "text/plain");
        var orphan = await worker.PidAsync();
        await worker.LogAsync("started");
        var all = Below(worker.Pid).ToList();
        Assert.Contains(orphan, all);
        Assert.True(all.Count > 1);

        Kill(worker.Pid);

        foreach (var pid in all)
        {
            await RunningCommand.GoneAsync(pid, "a process of the command");
        }
    }

    [Fact]
    public async Task With_several_commands_at_a_time_each_takes_only_its_own_along()
    {
        await using var worker = await RunningCommand.ShellAsync(
            "read -r what; setsid -f sh -c 'echo $$ >&2; exec sleep 3600'; [ \"$what\" = short ] || sleep 3600; sleep 0.3; echo done");
        var stays = await worker.SendTaskAsync("long\n"u8.ToArray(), "text/plain");
        var orphanThatStays = await worker.PidAsync();
        var ends = await worker.SendTaskAsync("short\n"u8.ToArray(), "text/plain");
        var orphanThatEnds = await worker.PidAsync();

        await worker.ResultAsync(ends);

        await RunningCommand.GoneAsync(orphanThatEnds, "the orphan of the task that has ended");
        Assert.True(Directory.Exists($"/proc/{orphanThatStays}"));
        await worker.SendAsync(new CancelFrame(stays));
        Assert.Equal(TaskOutcome.Cancelled, (await worker.ResultAsync(stays)).Outcome);
        await RunningCommand.GoneAsync(orphanThatStays, "the orphan of the task that was cancelled");
    }

    [Fact]
    public async Task A_command_that_signals_its_group_does_not_meet_the_worker()
    {
        await using var worker = await RunningCommand.ShellAsync("kill -KILL 0");

        Assert.Equal(TaskOutcome.Crash, (await worker.RunBytesAsync([])).Outcome);
        Assert.Equal(TaskOutcome.Crash, (await worker.RunBytesAsync([])).Outcome);
    }

    [Fact]
    public async Task Commands_begin_with_the_signals_of_a_fresh_process()
    {
        await using var worker = await RunningCommand.ShellAsync("grep -E '^Sig(Ign|Blk)' /proc/self/status");

        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", (await worker.RunBytesAsync([])).OnlyBody());
    }

    [Fact]
    public async Task Many_commands_at_a_time_end_with_their_own_results()
    {
        await using var worker = await RunningCommand.ShellAsync("cat; sleep 0.1");
        var tasks = new List<long>();
        for (var i = 0; i < 30; i++)
        {
            tasks.Add(await worker.SendTaskAsync([(byte)i], "text/plain"));
        }

        var results = new Dictionary<long, byte>();
        while (results.Count < tasks.Count)
        {
            var result = await worker.NextAsync<ResultFrame>();
            results.Add(result.TaskId, Assert.Single(result.Bytes()));
        }

        Assert.Equal(tasks.Select((task, i) => (task, (byte)i)), results.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.Empty(ChildrenOf(worker.Pid));
    }

    [Fact]
    public async Task A_run_leaves_no_descriptor_open()
    {
        await using var worker = await RunningCommand.ShellAsync("cat; echo x >&2");
        await worker.RunBytesAsync([1]);
        var before = Directory.EnumerateFiles($"/proc/{worker.Pid}/fd").Count();
        for (var i = 0; i < 20; i++)
        {
            await worker.RunBytesAsync([1]);
        }

        Assert.InRange(Directory.EnumerateFiles($"/proc/{worker.Pid}/fd").Count(), 0, before + 2);
    }

    [Fact]
    public async Task The_death_of_the_pool_ends_a_command()
    {
        await using var worker = await RunningCommand.ShellAsync("trap '' TERM; sleep 3600 & echo $! >&2; wait; wait");
        await worker.SendTaskAsync([], "text/plain");
        var pid = await worker.PidAsync();

        worker.CloseInput();

        await RunningCommand.GoneAsync(pid, "what the command started");
    }

    private static int FirstPid(RunningWorker worker) => int.Parse(worker.Lines(taskId: 1).First(), CultureInfo.InvariantCulture);

    private static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
    }

    private static IEnumerable<int> ChildrenOf(int parent) => Pids().Where(pid => ParentOf(pid) == parent);

    private static IEnumerable<int> Below(int parent) => ChildrenOf(parent).SelectMany(child => Below(child).Prepend(child));

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 4)..].Split(' ')[0], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static IEnumerable<int> Pids() => Directory.EnumerateDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
        .Select(name => int.Parse(name!, CultureInfo.InvariantCulture));
}
