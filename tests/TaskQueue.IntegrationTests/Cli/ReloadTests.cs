using System.Text.Json.Nodes;
using TaskQueue.Hosting.Control;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Cli;

/// <summary>With services of other versions, which answer what the test has them answer.</summary>
public sealed class ReloadTests(SharedBroker shared) : IAsyncLifetime
{
    private readonly string _prefix = $"reload_{Guid.NewGuid():N}_";
    private readonly ListLogger _log = new();
    private IBroker _broker = null!;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _log.Dispose();
    }

    [Theory]
    [InlineData("""{"version": "0.9", "types": [{"worker_type": "poem", "workers": 1}]}""", 0, "")]
    [InlineData("""{"version": "0.9", "types": [{"worker_type": "poem", "trouble": "no queue"}]}""", 1, "poem takes no tasks: no queue")]
    [InlineData("""{"version": "0.9"}""", 0, "")]
    public async Task A_service_that_does_not_tell_how_far_it_is_is_not_waited_for(string status, int exitCode, string problem)
    {
        await using var service = await ListeningAsync(status);

        var run = await CliProcess.RunAsync(shared.CommandEnvironment(_prefix), "", "reload", "--expect", "1");

        Assert.Equal((exitCode, true), (run.ExitCode, run.Error.Contains(problem, StringComparison.Ordinal)));
        Assert.DoesNotContain("it is not over", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_not_done_in_time_is_named()
    {
        await using var service = await ListeningAsync("""{"version": "1.0", "settled": false}""");

        var run = await CliProcess.RunAsync(shared.CommandEnvironment(_prefix), "", "reload", "--expect", "1", "--timeout", "10s");

        Assert.Equal(75, run.ExitCode);
        Assert.Contains($"it is not over on {Environment.MachineName}", run.Error, StringComparison.Ordinal);
    }

    private async Task<ControlListener> ListeningAsync(string status)
    {
        var listener = ControlListener.Start(
            _broker,
            new QueueNames(_prefix),
            ServiceIdentity.New("workerpool"),
            new Dictionary<string, ControlCommand>(StringComparer.Ordinal)
            {
                [ControlCommands.Reload] = ControlCommand.Steering((_, _) => Task.FromResult<JsonNode?>(new JsonObject { ["done"] = true, ["text"] = "1 worker to start" })),
                [ControlCommands.Status] = ControlCommand.Looking(_ => JsonNode.Parse(status)),
            },
            () => true,
            () => new ControlUsers(shared.BrokerOptions.User, []),
            _log);
        await listener.Ready.WaitAsync(TestEnds);
        return listener;
    }
}
