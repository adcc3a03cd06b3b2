using System.Diagnostics;
using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What systemd hears of the services, by way of <c>$NOTIFY_SOCKET</c>.</summary>
public sealed class SystemdTests(Machine machine)
{
    [Fact]
    public async Task A_dispatcher_tells_of_its_whole_life()
    {
        await using var site = await Site.SetUpAsync(machine, []);

        await LivesAsync(site, machine.Installation.Dispatcher, "STATUS=Dispatching; 0 messages forwarded so far", isAbstract: false);
    }

    [Fact]
    public async Task A_pool_tells_of_its_whole_life_and_its_workers_cannot()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);

        await LivesAsync(site, machine.Installation.WorkerPool, "STATUS=workers ready: 1 of 1, tasks running: 0", isAbstract: true, pool =>
        {
            var worker = Assert.Single(ProcessFacts.WorkersOf(pool.Pid));
            Assert.DoesNotContain("NOTIFY_SOCKET", ProcessFacts.Environment(worker), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_configuration_that_is_refused_ends_the_reload_for_systemd_as_well()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        using var systemd = new NotifyListener(isAbstract: true);
        var dispatcher = Start(site, machine.Installation.Dispatcher, systemd);
        await systemd.ToldAsync("READY=1");
        File.AppendAllText(site.ConfigFile, "\nnonsense\n");

        dispatcher.Signal("HUP");

        await systemd.ToldAsync("READY=1", times: 2);
        Assert.Equal(["READY=1", "RELOADING=1", "READY=1"], systemd.Told.Where(IsStage));
    }

    [Fact]
    public async Task A_service_whose_broker_is_away_has_started_all_the_same_and_says_what_it_waits_for()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        File.WriteAllText(site.ConfigFile, File.ReadAllText(site.ConfigFile).Replace("host = ", "host = 127.0.0.1:1 ;", StringComparison.Ordinal));
        using var systemd = new NotifyListener(isAbstract: true);
        Start(site, machine.Installation.Dispatcher, systemd);

        await systemd.ToldAsync("READY=1");

        await systemd.ToldAsync("STATUS=the broker: ");
        await systemd.ToldAsync("WATCHDOG=1", times: 3);
    }

    private static async Task LivesAsync(Site site, string executable, string status, bool isAbstract, Action<ServiceProcess>? whileReady = null)
    {
        using var systemd = new NotifyListener(isAbstract);
        var service = Start(site, executable, systemd);
        await systemd.ToldAsync("READY=1");
        await systemd.ToldAsync(status);
        await systemd.ToldAsync("WATCHDOG=1", times: 3);
        whileReady?.Invoke(service);

        service.Signal("HUP");
        await systemd.ToldAsync("READY=1", times: 2);
        Assert.Equal(0, await service.StopAsync());

        await systemd.ToldAsync("STOPPING=1");
        Assert.Equal(["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"], systemd.Told.Where(IsStage));

        // Its clock is the same in every process.
        var told = long.Parse(systemd.Told.Single(state => state.StartsWith("MONOTONIC_USEC=", StringComparison.Ordinal)).Split('=')[1], CultureInfo.InvariantCulture);
        var now = Stopwatch.GetElapsedTime(0).TotalMicroseconds;
        Assert.InRange(told, now - 60_000_000, now + 1_000_000);
    }

    private static ServiceProcess Start(Site site, string executable, NotifyListener systemd) =>
        site.Start("/usr/bin/env", $"NOTIFY_SOCKET={systemd.Address}", "WATCHDOG_USEC=1000000", executable, "--config", site.ConfigFile);

    private static bool IsStage(string state) => state is "READY=1" or "RELOADING=1" or "STOPPING=1";
}
