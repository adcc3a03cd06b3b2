using System.CommandLine;
using TaskQueue.Client;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("taskqueue: expected a command: send, dispatch, status, top, ")]
    [InlineData("taskqueue broker user: expected a command: add, passwd, permit, list, remove.\n", "broker", "user")]
    [InlineData("taskqueue: there is no command \"sned\". Did you mean send?\nTry: taskqueue --help\n", "sned")]
    [InlineData("taskqueue: there is no command \"frobnicate\".\nTry: taskqueue --help\n", "frobnicate")]
    [InlineData("taskqueue config: there is no command \"shw\". Did you mean show?\nTry: taskqueue config --help\n", "config", "shw")]
    [InlineData("taskqueue buried list: there is no option \"--jsn\". Did you mean --json?\nTry: taskqueue buried list --help\n", "buried", "list", "--jsn")]
    [InlineData("Try: taskqueue scale --help\n", "scale", "echo")]
    [InlineData("taskqueue scale: expected N: How many workers each pool that serves the type runs, 0 to 10000.\n", "scale", "echo")]
    [InlineData("taskqueue buried show: nothing is expected where \"b\" stands.\nTry: ", "buried", "show", "a", "b")]
    [InlineData("LEVEL \"verbose\": expected trace, debug, info, warning, error or critical.\nTry: ", "log-level", "verbose")]
    [InlineData("--priority \"soon\": expected a number from 0 to 255.", "send", "echo", "--priority", "soon")]
    [InlineData("--nonsense", "send", "echo", "hi", "--nonsense")]
    [InlineData("taskqueue send: expected TYPE: The worker type that shall do the task.", "send")]
    [InlineData("TYPE \"two words\": expected 1 to 128 letters", "send", "two words")]
    [InlineData("--count \"0\": expected a number from 1", "send", "echo", "--count", "0")]
    [InlineData("--wait waits for one result", "send", "echo", "--count", "2", "--wait")]
    [InlineData("--count \"many\": expected a number from 1", "send", "echo", "--count", "many")]
    [InlineData("--priority \"256\": expected a number from 0 to 255.\nTry: ", "send", "echo", "--priority", "256")]
    [InlineData("--timeout \"soon\": expected a number with ms, s, m, h or d", "send", "echo", "--timeout", "soon")]
    [InlineData("--header \"novalue\": expected NAME=VALUE", "send", "echo", "--header", "novalue")]
    [InlineData("\"worker-type\" is the system's", "send", "echo", "--header", "worker-type=x")]
    [InlineData("publishers set x-taskqueue-timeout and x-taskqueue-expires alone", "send", "echo", "--header", "x-taskqueue-outcome=success")]
    [InlineData("taskqueue: Expiration: expected 0 to 4294967295 ms, which is as much as the broker takes.\n", "send", "echo", "--expires", "50d")]
    [InlineData("taskqueue: Expiration: expected 0 to 4294967295 ms, which is as much as the broker takes.\n", "send", "echo", "--expires", "50d", "--count", "2")]
    [InlineData("TYPE \"-\": expected", "status", "-")]
    [InlineData("TYPE \"two words\": expected", "buried", "list", "two words")]
    [InlineData("taskqueue pause: expected TYPE: The worker type.", "pause")]
    [InlineData("--limit \"0\": expected a number from 1", "rejected", "list", "--limit", "0")]
    [InlineData("Which tasks? Expected --id ID, --match reason=TEXT or --all.", "buried", "kick", "echo")]
    [InlineData("Which messages? Expected", "rejected", "delete")]
    [InlineData("--id, --match and --all do not go together", "buried", "kick", "echo", "--id", "1", "--all")]
    [InlineData("--match \"reason\": expected reason=TEXT or error=TEXT or host=TEXT or worker=TEXT", "buried", "kick", "echo", "--match", "reason")]
    [InlineData("--match \"host=a\": expected reason=TEXT.", "rejected", "requeue", "--match", "host=a")]
    [InlineData("kick --all: nobody is here to be asked; expected --yes.", "buried", "kick", "echo", "--all")]
    [InlineData("delete --all: nobody is here to be asked; expected --yes.", "rejected", "delete", "--all")]
    [InlineData("--body writes one body: expected one --id", "buried", "show", "echo", "--all", "--body")]
    public async Task Exits_with_64_and_says_why_when_the_command_line_is_wrong(string expected, params string[] args)
    {
        var run = new CliRun();

        Assert.Equal(64, await run.RunAsync(args));

        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
        Assert.Empty(run.Broker.Sent);
    }

    [Fact]
    [Trait("Case", "E8")]
    public async Task Exits_with_64_when_an_option_lacks_its_value()
    {
        var lacking = Lacking(new CliRun().Root, []).ToList();
        Assert.True(lacking.Count > 100, $"{lacking.Count} options that take a value");

        Assert.All(await Task.WhenAll(lacking.Select(async args =>
        {
            var run = new CliRun();
            return (Args: string.Join(' ', args), ExitCode: await run.RunAsync(args), run.Out, run.Error);
        })), run =>
        {
            Assert.True(run is { ExitCode: 64, Out: "" }, $"{run.Args}: exit code {run.ExitCode}, {run.Out}{run.Error}");
            Assert.Contains($"{run.Args.Split(' ')[^1]}: expected ", run.Error, StringComparison.Ordinal);
        });
    }

    /// <summary>Command lines that end with an option that takes a value.</summary>
    private static IEnumerable<string[]> Lacking(Command command, IReadOnlyList<Option> recursive, params string[] path) =>
        command.Options.Concat(recursive).Where(option => option.Arity.MinimumNumberOfValues > 0).SelectMany(option => option.Aliases.Append(option.Name))
            .Select(name => (string[])[.. path, name])
            .Concat(command.Subcommands.SelectMany(sub => Lacking(sub, [.. recursive, .. command.Options.Where(option => option.Recursive)], [.. path, sub.Name])));

    [Theory]
    [InlineData("Sends tasks", "--help")]
    [InlineData("--wait", "send", "--help")]
    [InlineData("--watch", "status", "--help")]
    [InlineData("kick", "buried", "--help")]
    [InlineData("reason|error|host|worker=TEXT", "buried", "kick", "--help")]
    [InlineData("requeue", "rejected", "--help")]
    [InlineData("(.NET 10.", "--version")]
    public async Task Prints_help_and_version(string expected, params string[] args)
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync(args));

        Assert.Contains(expected, run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send", "echo", "hi")]
    [InlineData("status")]
    public async Task Exits_with_69_when_no_broker_answers_in_time(params string[] args)
    {
        var run = new CliRun { OtherBroker = new UnreachableBroker() };

        Assert.Equal(69, await run.RunAsync([.. args, "--connect-timeout", "50ms"]));

        Assert.Contains("no broker answered at localhost:5672 within 0.05 s", run.Error, StringComparison.Ordinal);
        Assert.Contains("there is no /etc/taskqueue/config.ini", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send", "echo", "hi")]
    [InlineData("status")]
    public async Task Exits_with_69_when_the_broker_refuses_us(params string[] args)
    {
        var run = new CliRun { OtherBroker = new UnreachableBroker(new BrokerRefusedException("localhost:5672 refused user \"guest\".")) };

        Assert.Equal(69, await run.RunAsync(args));

        Assert.Equal(
            "taskqueue: localhost:5672 refused user \"guest\" (there is no /etc/taskqueue/config.ini, so defaults and the environment are used; --config or TASKQUEUE_CONFIG names another file).\n",
            run.Error);
    }

    [Fact]
    public async Task Exits_with_78_when_the_named_configuration_is_missing()
    {
        var missing = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "config.ini");
        var byOption = new CliRun();
        var byVariable = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = missing } };

        Assert.Equal(78, await byOption.RunAsync("status", "--config", missing));
        Assert.Equal(78, await byVariable.RunAsync("status"));

        Assert.Contains(missing, byOption.Error, StringComparison.Ordinal);
        Assert.Contains(missing, byVariable.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uses_the_environment_where_there_is_no_configuration()
    {
        var run = new CliRun { Environment = { ["TASKQUEUE__AMQP__HOST"] = "rabbit1", ["TASKQUEUE__AMQP__QUEUE_PREFIX"] = "dev_" } };

        Assert.Equal(0, await run.RunAsync("send", "echo", "hi"));

        Assert.Equal("rabbit1", Assert.Single(run.Options!.Hosts).Name);
        Assert.Equal("dev_taskqueue", Assert.Single(run.Broker.Sent).RoutingKey);
    }

    [Fact]
    public async Task Exits_with_130_when_interrupted()
    {
        using var interrupt = new CancellationTokenSource();
        var run = new CliRun { OtherBroker = new UnreachableBroker(), Interrupted = interrupt.Token };

        var running = run.RunAsync("send", "echo", "hi");
        await interrupt.CancelAsync();

        Assert.Equal(130, await running);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Maps_failures_to_the_exit_codes_of_sysexits()
    {
        Assert.Equal(69, Failures.Explain(new EnqueueFailedException("no queue")).ExitCode);
        Assert.Equal(75, Failures.Explain(new TimeoutException("late")).ExitCode);
        Assert.Equal(65, Failures.Explain(new MalformedWorkItemException("no JSON")).ExitCode);
        Assert.Equal(70, Failures.Explain(new InvalidOperationException("a bug")).ExitCode);
    }
}
