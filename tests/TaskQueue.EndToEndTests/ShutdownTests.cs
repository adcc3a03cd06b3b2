using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Signals and exit codes of the services.</summary>
public sealed class ShutdownTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    [Fact]
    public async Task SIGTERM_lets_running_tasks_finish_takes_no_new_ones_and_exits_0()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = stop\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var running = await site.SendRawAsync("stop 2", Text);
        await pool.LoggedAsync($"Task {running} started");
        await site.SendRawAsync("stop 0", Text);
        await site.WaitsAsync(site.Queues.Worker("stop"), 1);

        var exitCode = await pool.StopAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal(1, pool.Count("[stop#1] stopped"));
        Assert.Equal([running], (await site.ResultsAsync(1)).Keys);
        await site.WaitsAsync(site.Queues.Worker("stop"), 1);
    }

    [Fact]
    public async Task A_task_that_outlasts_shutdown_timeout_goes_back_to_its_queue()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep-stubborn\nshutdown_timeout = 1s\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var running = await site.SendRawAsync("sleep-stubborn 3600", Text);
        await pool.LoggedAsync($"Task {running} started");
        var worker = Assert.Single(ProcessFacts.WorkersOf(pool.Pid));

        var exitCode = await pool.StopAsync();

        Assert.Equal(0, exitCode);
        Assert.False(ProcessFacts.Exists(worker));
        await site.WaitsAsync(site.Queues.Worker("sleep-stubborn"), 1);
    }

    [Fact]
    public async Task A_second_signal_stops_at_once()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\nshutdown_timeout = 1h\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var running = await site.SendRawAsync("sleep 3600", Text);
        await pool.LoggedAsync($"Task {running} started");

        pool.Signal("INT");
        await pool.LoggedAsync("Stopping");
        pool.Signal("INT");

        Assert.Equal(0, await pool.ExitAsync());
        await site.WaitsAsync(site.Queues.Worker("sleep"), 1);
    }

    [Fact]
    public async Task A_dispatcher_stops_and_reloads_without_losing_a_message()
    {
        const int Tasks = 5000;
        await using var site = await Site.SetUpAsync(machine, []);
        var dispatcher = await site.StartDispatcherAsync();
        await site.Broker.DeclareQueueAsync(new QueueDefinition(site.Queues.Worker("a")), TestContext.Current.CancellationToken);
        var sending = Parallel.ForEachAsync(
            Enumerable.Range(0, Tasks),
            new ParallelOptions { MaxDegreeOfParallelism = 100, CancellationToken = TestContext.Current.CancellationToken },
            async (_, _) => await site.SendRawAsync("a", Text));

        dispatcher.Signal("HUP");
        await dispatcher.LoggedAsync("Dispatching", times: 2);
        var exitCode = await dispatcher.StopAsync();
        await site.StartDispatcherAsync();
        await sending;

        Assert.Equal(0, exitCode);
        Assert.All((await site.TakeAsync(site.Queues.Worker("a"), Tasks)).Values, message => Assert.Equal(1, message.Copies));
    }

    [Fact]
    public async Task Wrong_credentials_end_a_service_with_69_and_a_line_that_says_so()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        await File.WriteAllTextAsync(site.ConfigFile, site.ConfigAs(site.BrokerOptions.User, "s3cret-and-wrong"), TestContext.Current.CancellationToken);

        foreach (var executable in new[] { machine.Installation.Dispatcher, machine.Installation.WorkerPool })
        {
            var service = site.Start(executable, "--config", site.ConfigFile);

            Assert.Equal(69, await service.ExitAsync());
            Assert.Contains($"refuses user \"{site.BrokerOptions.User}\"", service.Log, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cret", service.Log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Usage_errors_exit_64_a_missing_configuration_78_and_help_0()
    {
        foreach (var executable in new[] { machine.Installation.Dispatcher, machine.Installation.WorkerPool })
        {
            Assert.Equal(64, Shell.Try(executable, "", "--no-such-option").ExitCode);
            var (exitCode, _, error) = Shell.Try(executable, "", "--config", "/no/such/file.ini");
            Assert.Equal(78, exitCode);
            Assert.Contains("/no/such/file.ini", error, StringComparison.Ordinal);
            Assert.Equal(0, Shell.Try(executable, "", "--help").ExitCode);
            Assert.Matches(@"^\S+ \(\.NET 10\.\S+\)\n$", Shell.Run(executable, "--version"));
        }
    }

    [Fact]
    public void A_worker_started_by_hand_says_what_it_is_for_and_exits_64()
    {
        var (exitCode, _, error) = Shell.Try(machine.Installation.Worker, "");

        Assert.Equal(64, exitCode);
        Assert.Contains("taskqueue-workerpool", error, StringComparison.Ordinal);
    }
}
