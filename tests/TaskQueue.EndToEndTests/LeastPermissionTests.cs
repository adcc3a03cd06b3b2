using System.Text;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Everything works with the rights that <c>taskqueue doctor --permissions</c> prints, and nobody has those of another.</summary>
public sealed partial class LeastPermissionTests(Machine machine)
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dispatcher_a_pool_a_publisher_and_an_operator_do_all_that_they_do_with_their_own_rights_alone()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo", "testplugins"]);
        site.Configure($"""
            workers = echo, fail, sleep
            control_users = {UserOf(site, "operator")}
            rejected_results_routing_key = refused
            unroutable_ttl = 1s
            [fail]
            results_routing_key = failures
            release_delay = 1s
            """);
        await GrantAsync(site);
        var dispatcher = site.Start(machine.Installation.Dispatcher, "--config", ConfigOf(site, "dispatcher"));
        var pool = site.Start(machine.Installation.WorkerPool, "--config", ConfigOf(site, "pool"));
        await dispatcher.LoggedAsync("Answering what is asked");
        await pool.LoggedAsync("Answering what is asked");
        await pool.LoggedAsync("is ready", 3);

        Assert.Contains("hello", RunAs(site, "publisher", "send", "echo", "hello", "--wait", "--through-exchange").Ok().Output, StringComparison.Ordinal);
        await using (var publisher = await PlainPublisher.ConnectAsync(site.BrokerOptions, UserOf(site, "publisher")))
        {
            foreach (var body in (string[])["echo plain", "fail permanent", "fail temporary", "{", "nobody-serves-this x", "sleep 60"])
            {
                await publisher.SendAsync(site.Queues.TaskQueue, new BasicProperties { ContentType = "text/plain", MessageId = body.Split(' ')[^1] }, Encoding.UTF8.GetBytes(body), exchange: site.Queues.Door);
            }

            await Assert.ThrowsAnyAsync<RabbitMQ.Client.Exceptions.RabbitMQClientException>(
                () => publisher.SendAsync(site.Queues.Worker("echo"), new BasicProperties(), "echo past the dispatcher"u8.ToArray()));
        }

        // Results, a burial, a retry by way of the delay queues, an answer of the dispatcher.
        Assert.Contains("plain", await site.ResultsAsync(1));
        Assert.Contains("permanent", await site.ResultsAsync(1, site.Queues.Results("failures")));
        await site.WaitsAsync(site.Queues.Buried("fail"), 1);
        await pool.LoggedAsync("(temporary, attempt 2 of 5)");
        await dispatcher.LoggedAsync("Rejected message");
        Assert.Equal(2, (await site.TakeAsync(site.Queues.Results("refused"), 2)).Count);

        RunAs(site, "operator", "alive", "--expect", "2", "--timeout", "30s").Ok();
        await RunsAsync(site, "60");
        RunAs(site, "operator", "pause", "echo").Ok();
        RunAs(site, "operator", "resume", "echo").Ok();
        Assert.Contains("was told to end", RunAs(site, "operator", "cancel", "60").Ok().Output, StringComparison.Ordinal);
        RunAs(site, "operator", "buried", "kick", "fail", "--all", "--yes").Ok();
        RunAs(site, "operator", "rejected", "delete", "--all", "--yes").Ok();
        Assert.Equal("", RunAs(site, "operator", "status").Error);

        // A pool that starts now reads what is remembered.
        var other = site.Start(machine.Installation.WorkerPool, "--config", ConfigOf(site, "pool"));
        await other.LoggedAsync("Cancelled tasks that will not be run, should they show up: 1");
        await RefusedAsync(site, "dispatcher", site.Queues.Worker("echo"));
        await RefusedAsync(site, "pool", site.Queues.TaskQueue);
        await RefusedAsync(site, "operator", site.Queues.Results("refused"));
        Assert.All([dispatcher, pool, other], service => Assert.DoesNotContain("ACCESS_REFUSED", service.Log, StringComparison.Ordinal));

        foreach (var role in (string[])["dispatcher", "pool", "publisher", "operator"])
        {
            await machine.Broker.RemoveUserAsync(UserOf(site, role));
        }
    }

    private static string UserOf(Site site, string role) => $"{role}_{site.Prefix}";

    // The lines as they are printed, for users of these names.
    private async Task GrantAsync(Site site)
    {
        var granted = 0;
        foreach (var line in CommandRun.Of(machine, site, "doctor", "--permissions").Ok().Output.Split('\n'))
        {
            if (Grant().Match(line) is { Success: true } grant)
            {
                var user = UserOf(site, grant.Groups["user"].Value);
                await machine.Broker.AddUserAsync(user, user, grant.Groups["configure"].Value, grant.Groups["write"].Value, grant.Groups["read"].Value);
                granted++;
            }
        }

        Assert.Equal(4, granted);
    }

    private async Task RunsAsync(Site site, string id) =>
        await Eventually.TrueAsync(() => RunAs(site, "operator", "running", "--id", id).ExitCode == 0, () => $"task {id} to run");

    private static async Task RefusedAsync(Site site, string role, string queue)
    {
        var user = UserOf(site, role);
        var factory = new ConnectionFactory { HostName = site.BrokerOptions.Hosts[0].Name, Port = (site.BrokerOptions.Hosts[0].Port ?? site.BrokerOptions.Port)!.Value, UserName = user, Password = user };
        await using var connection = await factory.CreateConnectionAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        var refused = await Assert.ThrowsAsync<RabbitMQ.Client.Exceptions.OperationInterruptedException>(() => channel.BasicGetAsync(queue, autoAck: false, TestEnds));
        Assert.Equal(403, refused.ShutdownReason!.ReplyCode);
    }

    private CommandRun RunAs(Site site, string role, params string[] arguments)
    {
        var (exitCode, output, error) = Shell.Try(machine.Installation.Cli, "", [.. arguments, "--config", ConfigOf(site, role)]);
        return new CommandRun(exitCode, output, error);
    }

    private static string ConfigOf(Site site, string role)
    {
        var (user, path) = (UserOf(site, role), Path.Combine(site.Folder, $"{role}.ini"));
        File.WriteAllText(path, site.ConfigAs(user, user));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    [GeneratedRegex("^rabbitmqctl set_permissions (?<user>dispatcher|pool|publisher|operator) '(?<configure>.*)' '(?<write>.*)' '(?<read>.*)'$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Grant();
}
