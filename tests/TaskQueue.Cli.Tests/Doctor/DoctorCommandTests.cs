using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests.Doctor;

public sealed class DoctorCommandTests
{
    [Fact]
    public async Task Reports_a_wrong_configuration_and_checks_nothing_else()
    {
        using var config = new TemporaryConfig("[amqp]\nhots = rabbit1\n[taskqueue]\nplugn_dir = x\n");
        var run = new CliRun();

        Assert.Equal(1, await run.RunAsync("doctor", "-c", config.Path, "--json"));

        var report = JsonNode.Parse(run.Out)!;
        Assert.Equal((false, 2), ((bool)report["ok"]!, (int)report["errors"]!));
        Assert.Contains("Did you mean host?", (string?)report["findings"]![0]!["message"], StringComparison.Ordinal);
        Assert.Contains("Did you mean plugin_dir?", (string?)report["findings"]![1]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_a_broker_that_does_not_answer_after_what_it_found_on_the_host()
    {
        using var config = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n[resize]\nuser = no-such-user\n");
        var run = new CliRun { OtherBroker = new UnreachableBroker() };

        Assert.Equal(1, await run.RunAsync("doctor", "-c", config.Path, "--connect-timeout", "50ms"));

        Assert.Contains("error    users: [resize] user = \"no-such-user\": this host has no such user", run.Out, StringComparison.Ordinal);
        Assert.Contains("error    broker: no broker answered at localhost:5672 within 0.05 s", run.Out, StringComparison.Ordinal);
        Assert.Contains("         remedy: Neither queues nor services were checked.", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("2 errors, 1 warning\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_a_broker_that_refuses_us()
    {
        using var config = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n");
        var run = new CliRun { OtherBroker = new UnreachableBroker(new BrokerRefusedException("localhost:5672 refuses user \"guest\".")) };

        Assert.Equal(1, await run.RunAsync("doctor", "-c", config.Path));

        Assert.Contains("error    broker: localhost:5672 refuses user \"guest\".", run.Out, StringComparison.Ordinal);
    }
}
