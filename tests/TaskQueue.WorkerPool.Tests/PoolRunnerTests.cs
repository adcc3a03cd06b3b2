using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool.Tests;

public sealed class PoolRunnerTests : IAsyncDisposable
{
    private readonly InMemoryBroker _broker = new();
    private readonly ListLogger _log = new();
    private readonly Meter _meter = new("tests");
    private readonly DirectoryInfo _plugins = Directory.CreateTempSubdirectory("taskqueue-");
    private Func<TaskQueueConfiguration> _read;

    public PoolRunnerTests() => _read = Sound;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _plugins.Delete(recursive: true);
        _meter.Dispose();
        _log.Dispose();
        await _broker.DisposeAsync();
    }

    public static TheoryData<Exception, string> Failures => new()
    {
        { new ConfigurationException("config.ini:3: no"), "the new configuration is not used: config.ini:3: no" },
        { new InvalidOperationException("a bug"), "it failed, and all goes on as before: a bug" },
        { new OperationCanceledException("by somebody else"), "it failed, and all goes on as before: by somebody else" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_reload_that_fails_is_a_line_in_the_log_and_an_answer_and_changes_nothing(Exception failure, string answer)
    {
        var runner = Runner();
        await runner.ApplyAsync(new PoolChange.Start(), TestEnds);
        var before = runner.State;
        _log.Clear();
        _read = () => throw failure;

        var outcome = await runner.ApplyAsync(new PoolChange.Reload(), TestEnds);

        Assert.Equal(ChangeOutcome.Refused(answer), outcome);
        Assert.Same(before, runner.State);
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Error);
        Assert.Equal(failure.Message, Assert.Single(runner.Reload.Problems).Reason);

        _read = Sound;
        Assert.False((await runner.ApplyAsync(new PoolChange.Reload(), TestEnds)).IsRefused);
        Assert.NotSame(before, runner.State);
        Assert.Empty(runner.Reload.Problems);
    }

    [Fact]
    public async Task Nothing_changes_any_more_once_the_pool_is_to_stop()
    {
        var runner = Runner();
        await runner.ApplyAsync(new PoolChange.Start(), TestEnds);
        var before = runner.State;

        foreach (var change in (PoolChange[])[new PoolChange.Start(), new PoolChange.Reload(), new PoolChange.Mend(), new PoolChange.Scale("a", null, 3)])
        {
            Assert.Equal(ChangeOutcome.Refused("it is about to stop"), await runner.ApplyAsync(change, new CancellationToken(canceled: true)));
            Assert.Same(before, runner.State);
        }
    }

    [Fact]
    public async Task A_pool_that_could_not_make_a_plan_tries_again()
    {
        var runner = Runner();
        Assert.True(runner.State.NeedsMending);

        await runner.ApplyAsync(new PoolChange.Mend(), TestEnds);

        Assert.False(runner.State.NeedsMending);
    }

    [Fact]
    public async Task A_change_of_the_broker_waits_for_a_restart_and_the_rest_of_the_configuration_does_not()
    {
        var runner = Runner();
        await runner.ApplyAsync(new PoolChange.Start(), TestEnds);
        _read = () => TaskQueueConfiguration.Parse($"[amqp]\nhost = elsewhere\n[taskqueue]\nshutdown_timeout = 7s\nplugin_dir = {_plugins.FullName}\n");

        await runner.ApplyAsync(new PoolChange.Reload(), TestEnds);

        Assert.Equal("localhost", Assert.Single(runner.State.Configuration.Broker.Hosts).Name);
        Assert.Equal(TimeSpan.FromSeconds(7), runner.State.Configuration.Service.ShutdownTimeout);
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning);
    }

    private TaskQueueConfiguration Sound() => TaskQueueConfiguration.Parse($"[taskqueue]\nplugin_dir = {_plugins.FullName}\n");

    private PoolRunner Runner() => new(
        Sound(),
        () => _read(),
        new PoolPlanner("/no/worker", PlanFacts.Current),
        new TypeQueues(_broker, new QueueNames(""), QueueType.Quorum, () => Retention.All, TimeProvider.System, _log),
        _ => throw new InvalidOperationException("No type is configured."),
        new PoolTelemetry(_meter, TimeProvider.System),
        _log);
}
