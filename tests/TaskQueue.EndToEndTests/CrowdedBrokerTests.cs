using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>A broker with few channels and few queues to give.</summary>
public sealed class CrowdedBrokerTests(Machine machine)
{
    private const int Channels = 8, Types = 10;

    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    [Fact]
    [Trait("Case", "D4")]
    [Trait("Case", "D7")]
    public async Task Serves_more_types_than_a_connection_has_channels_and_says_that_the_vhost_takes_no_more_queues()
    {
        var types = Enumerable.Range(1, Types).Select(number => $"x{number}").ToList();
        await using var node = await RabbitMqNode.StartAsync(new RabbitMqNodeOptions { Config = $"channel_max = {Channels}" });
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], Config(types), node, queueType: "classic");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: Types);

        foreach (var type in types)
        {
            await site.SendRawAsync($"{type} 1", Text);
        }

        Assert.Equal(Types, (await site.ResultsAsync(Types)).Count);
        Assert.DoesNotContain("takes no tasks", CommandRun.Of(machine, site, "doctor").Output, StringComparison.Ordinal);

        var queues = (await node.CtlAsync("list_queues", "--silent", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        await node.CtlAsync("set_vhost_limits", "-p", "/", $$"""{"max-queues": {{queues}}}""");
        site.Configure(Config([.. types, "late"]));
        pool.Signal("HUP");

        await pool.LoggedAsync($"Worker type late waits for a queue, its tasks stay where they are, and the other types go on: The broker refuses queue \"{site.Queues.Worker("late")}\": 406 PRECONDITION_FAILED");
        Assert.Equal(0, pool.Count("404 NOT_FOUND"));
        var doctor = CommandRun.Of(machine, site, "doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("the broker does not let us make another queue", doctor.Output, StringComparison.Ordinal);
        await site.SendRawAsync("x1 1", Text);
        await site.ResultsAsync(1);
        await node.CtlAsync("clear_vhost_limits", "-p", "/");
        await Eventually.TrueAsync(() => pool.Count("Worker type late has its queues now") == 1, () => pool.Log, TimeSpan.FromSeconds(60));
    }

    [Fact]
    [Trait("Case", "D8")]
    public async Task A_password_that_a_comment_sign_cuts_is_told_by_every_check()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        foreach (var (lines, exitCode, told) in ((string, int, string)[])
        [
            ("passwd = guest ;#Secret", 0, "config.ini:2: [amqp] passwd ends before \";\""),
            ("user = me\npasswd = #Secret", 78, "config.ini:3: [amqp] passwd: expected the password of the user \"me\""),
        ])
        {
            await File.WriteAllTextAsync(site.ConfigFile, site.ConfigWith(lines), TestContext.Current.CancellationToken);
            foreach (var executable in (string[])[machine.Installation.Dispatcher, machine.Installation.WorkerPool])
            {
                var check = Shell.Try(executable, "", "--check", "--config", site.ConfigFile);
                Assert.Equal(exitCode, check.ExitCode);
                Assert.Contains(told, check.Error, StringComparison.Ordinal);
                Assert.DoesNotContain("Secret", check.Error + check.Output, StringComparison.Ordinal);
            }
        }
    }

    private static string Config(IEnumerable<string> types) =>
        $"workers = {string.Join(", ", types)}\n" + string.Concat(types.Select(type => $"[{type}]\nplugin = return\n"));
}
