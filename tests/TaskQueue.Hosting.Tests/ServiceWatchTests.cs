using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests;

/// <summary>Tests that set environment variables.</summary>
[CollectionDefinition(nameof(EnvironmentCollection), DisableParallelization = true)]
public sealed class EnvironmentCollection;

[Collection(nameof(EnvironmentCollection))]
public sealed class ServiceWatchTests : IDisposable
{
    private const int Stuck = 531, NotStuckAnyMore = 532;

    private readonly NotifyListener _systemd = new(isAbstract: true);
    private readonly ListLogger _log = new();

    public ServiceWatchTests()
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", _systemd.Address);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "100000");
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", null);
        _systemd.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task The_watchdog_is_fed_while_the_loops_of_the_service_run_and_not_when_one_has_ended()
    {
        using var signals = new ServiceSignals();
        using var stop = new CancellationTokenSource();
        using var level = new LogLevelSwitch(LogLevel.Information);
        await using var watch = new ServiceWatch(
            new ServiceContext(TaskQueueConfiguration.Parse(""), () => throw new InvalidOperationException(), signals, _log, level),
            ServiceIdentity.New("dispatcher"),
            "tests",
            new ServiceLedger(TimeProvider.System));
        var looks = 0;
        watch.Health.Ask("what counts looks", () => Task.FromResult(Interlocked.Increment(ref looks)));
        await _systemd.ToldAsync("WATCHDOG=1", times: 3);

        watch.Health.Watch("the loop of x", Task.CompletedTask, stop.Token);
        await _systemd.ToldAsync("STATUS=the loop of x has ended");
        var (fed, seen) = (Fed, Volatile.Read(ref looks));
        await Eventually.TrueAsync(() => Volatile.Read(ref looks) > seen + 5, () => $"five more looks; there were {looks}");
        Assert.Equal(fed, Fed);
        Assert.Single(_log.Of(Stuck));

        await stop.CancelAsync();
        await _systemd.ToldAsync("WATCHDOG=1", times: fed + 1);
        Assert.Single(_log.Of(NotStuckAnyMore));
    }

    private int Fed => _systemd.Told.Count(state => state == "WATCHDOG=1");
}
