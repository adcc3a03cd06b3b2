using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TaskQueue.IntegrationTests.Client;
using TaskQueue.Messaging;

namespace TaskQueue.IntegrationTests.Cli;

public sealed class CliTests(SharedBroker shared)
{
    private readonly string _prefix = $"cli_{RandomNumberGenerator.GetHexString(8)}_";

    private BrokerOptions Broker => shared.BrokerOptions with { QueuePrefix = _prefix };

    private Dictionary<string, string> ToBroker => shared.CommandEnvironment(_prefix);

    [Fact]
    public async Task Sends_a_task_and_prints_its_result()
    {
        await using var worker = await AnsweringWorker.StartAsync(Broker, body => body.ToUpperInvariant());

        var run = await CliProcess.RunAsync(ToBroker, "hello", "send", "echo", "-", "--wait");

        Assert.Equal(new CliProcess(0, "ECHO HELLO", ""), run);
    }

    [Fact]
    public async Task Exits_with_1_when_the_task_fails()
    {
        await using var worker = await AnsweringWorker.StartAsync(Broker, _ => throw new PermanentFailureException("no paper"));

        var run = await CliProcess.RunAsync(ToBroker, "", "send", "print", "x", "--wait");

        Assert.Equal((1, ""), (run.ExitCode, run.Out));
        Assert.Contains("(permanent): no paper\nat Work()", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sends_many_and_shows_them_in_its_status()
    {
        var sent = await CliProcess.RunAsync(ToBroker, "", "send", "echo", "x", "--count", "3000");
        Assert.Equal(0, sent.ExitCode);
        Assert.Equal(3000, sent.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("3,000 tasks confirmed in", sent.Error, StringComparison.Ordinal);

        var status = await CliProcess.RunAsync(ToBroker, "", "status", "echo", "--json");
        Assert.Equal(1, status.ExitCode);
        Assert.Equal(3000, (long)JsonNode.Parse(status.Out)!["queues"]![0]!["ready"]!);

        var table = await CliProcess.RunAsync(ToBroker, "", "status", "echo");
        Assert.Contains("3,000 tasks wait and no dispatcher is running", table.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', table.Out);
    }

    [Fact]
    public async Task Watches_until_it_is_interrupted()
    {
        var stop = TestContext.Current.CancellationToken;
        using var process = CliProcess.Start(ToBroker, "status", "--watch");
        Assert.StartsWith("QUEUE", await process.StandardOutput.ReadLineAsync(stop), StringComparison.Ordinal);

        using var kill = System.Diagnostics.Process.Start("kill", ["-INT", $"{process.Id}"]);
        await process.WaitForExitAsync(stop);

        Assert.Equal(0, process.ExitCode);
        Assert.Empty(await process.StandardError.ReadToEndAsync(stop));
    }

    [Fact]
    public async Task Says_who_does_not_answer()
    {
        var environment = ToBroker;
        environment["TASKQUEUE__AMQP__PORT"] = "1";

        var run = await CliProcess.RunAsync(environment, "", "status", "--connect-timeout", "1s");

        Assert.Equal((69, ""), (run.ExitCode, run.Out));
        Assert.Contains("no broker answered at 127.0.0.1:1 within 1 s", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("127.0.0.1:1: Connection refused.\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_broker_refuses_the_password()
    {
        var environment = ToBroker;
        environment["TASKQUEUE__AMQP__PASSWD"] = "wrong-password";

        var run = await CliProcess.RunAsync(environment, "", "send", "echo", "x");

        Assert.Equal((69, ""), (run.ExitCode, run.Out));
        Assert.DoesNotContain("wrong-password", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
