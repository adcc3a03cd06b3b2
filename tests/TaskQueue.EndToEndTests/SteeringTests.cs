using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Who may publish tasks cannot steer, and who steers cannot flood.</summary>
public sealed class SteeringTests(Machine machine)
{
    private const string Everywhere = "^amq\\.default$";

    private static readonly DateTimeOffset Later = TimeProvider.System.GetUtcNow().AddDays(1);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Case", "A9")]
    public async Task Whoever_may_publish_tasks_cannot_cancel_those_of_others()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        var mallory = await AddUserAsync(site, "mallory", write: Everywhere);
        await site.StartDispatcherAsync();
        await using var publisher = await PlainPublisher.ConnectAsync(site.BrokerOptions, mallory);
        await site.Broker.DeclareQueueAsync(new QueueDefinition(site.Queues.Cancelled), TestEnds);
        var forged = JsonSerializer.SerializeToUtf8Bytes(new[] { new { id = "m1", by = "mallory", until = Later } });
        await publisher.SendAsync(site.Queues.Cancelled, new BasicProperties { UserId = mallory }, forged);
        await publisher.SendAsync(site.Queues.Cancelled, new BasicProperties(), forged);

        var pool = await site.StartPoolAsync(ready: 1);
        await pool.LoggedAsync($"Messages in {site.Queues.Cancelled} that are not believed, and stay there: 2");
        await site.SendRawAsync("echo", new MessageProperties { ContentType = "text/plain", MessageId = "m1" });
        Assert.Equal("success", (await site.ResultsAsync(1))["m1"].Outcome);

        await site.WaitsAsync(site.Queues.Cancelled, 2);

        // An operator's own count, beside them; and those of before an upgrade, when the operator vouches for them.
        Assert.Contains("2 messages of remembered cancellations are not believed", Run(site, "cancel", "m2", "--even-if-unknown").Ok().Error, StringComparison.Ordinal);
        await site.WaitsAsync(site.Queues.Cancelled, 3);
        Run(site, "cancel", "--adopt").Ok();
        await site.WaitsAsync(site.Queues.Cancelled, 1);
        var other = await site.StartPoolAsync(ready: 1);
        await other.LoggedAsync("Cancelled tasks that will not be run, should they show up: 2");
        await RemoveUserAsync(mallory);
    }

    /// <summary>With the permissions that docs/security.md gives to each.</summary>
    [Fact]
    [Trait("Case", "A9")]
    public async Task Each_role_does_its_part_with_the_least_permissions_and_no_more()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        var (ops, p) = ($"ops_{site.Prefix}", site.Prefix);
        site.Configure($"control_users = {ops}\n");
        var services = await AddUserAsync(site, "services", configure: $"^{p}(taskqueue|worker_|results).*", write: ".*", read: $"^{p}(taskqueue|worker_|results).*");
        var publisherAlone = await AddUserAsync(site, "alone", write: $"^{p}taskqueue$");
        var own = $"^({p}customer|{p}taskqueue\\.reply)\\..*";
        var customer = await AddUserAsync(site, "customer", configure: own, write: $"^{p}taskqueue$", read: own);
        foreach (var name in (string[])["ops", "monitoring"])
        {
            await AddUserAsync(
                site,
                name,
                configure: $"^{p}taskqueue\\.(control|cancelled).*",
                write: $"^(amq\\.default$|{p}taskqueue\\.(control|cancelled).*)",
                read: $"^{p}(taskqueue(\\..*)?|worker_.*|results)$");
        }

        var dispatcher = site.Start(machine.Installation.Dispatcher, "--config", ConfigOf(site, services));
        var pool = site.Start(machine.Installation.WorkerPool, "--config", ConfigOf(site, services));
        await dispatcher.LoggedAsync("Answering what is asked");
        await pool.LoggedAsync("Answering what is asked");

        await using var publisher = await PlainPublisher.ConnectAsync(site.BrokerOptions, publisherAlone);
        await publisher.SendAsync(
            site.Queues.TaskQueue, new BasicProperties { ContentType = "text/plain", MessageId = "m1" }, "echo"u8.ToArray(), exchange: site.Queues.Door);
        Assert.Contains("m1", await site.ResultsAsync(1));
        await Assert.ThrowsAnyAsync<RabbitMQ.Client.Exceptions.RabbitMQClientException>(
            () => publisher.SendAsync(site.Queues.Cancelled, new BasicProperties(), "[]"u8.ToArray()));
        Assert.Contains("hello", RunAs(site, customer, "send", "echo", "hello", "--wait", "--through-exchange").Ok().Output, StringComparison.Ordinal);

        var monitoring = $"monitoring_{p}";
        RunAs(site, monitoring, "alive", "--expect", "2", "--timeout", "30s").Ok();
        var refused = RunAs(site, monitoring, "pause", "echo");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"it comes from the user \"{monitoring}\"; expected the user of the services, or one of [taskqueue] control_users", refused.Error, StringComparison.Ordinal);
        RunAs(site, ops, "pause", "echo").Ok();
        RunAs(site, ops, "resume", "echo").Ok();
        RunAs(site, ops, "cancel", "m2", "--even-if-unknown").Ok();
        Assert.Equal(1, RunAs(site, ops, "cancel", "nobody").ExitCode);
        RunAs(site, ops, "cancellations", "undo", "m2").Ok();
        RunAs(site, ops, "status").Ok();
        RunAs(site, ops, "rejected", "list").Ok();
        foreach (var user in (string[])[services, publisherAlone, customer, ops, monitoring])
        {
            await RemoveUserAsync(user);
        }
    }

    [Fact]
    [Trait("Case", "D6")]
    public async Task A_million_cancellations_cost_little_and_hold_nobody_up()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        var pool = await site.StartPoolAsync(ready: 1);
        await pool.LoggedAsync("Answering what is asked");
        var before = ProcessFacts.ProportionalBytes(pool.Pid);
        for (var request = 0; request < 100; request++)
        {
            var body = new JsonObject { ["command"] = "cancel", ["ids"] = new JsonArray([.. Enumerable.Range(0, CancellationStore.Most).Select(id => (JsonNode)$"{request}.{id}")]) };
            var message = new OutgoingMessage(
                "", new MessageProperties { ReplyTo = site.Queues.ControlOf("nobody"), CorrelationId = "x" }, Encoding.UTF8.GetBytes(body.ToJsonString()))
            {
                Exchange = site.Queues.Control,
                NamesUser = true,
            };
            Assert.Equal(PublishOutcome.Confirmed, await site.Broker.PublishAsync(message, TestEnds));
        }

        Run(site, "alive", "--expect", "1", "--timeout", "60s").Ok();
        Assert.InRange(ProcessFacts.ProportionalBytes(pool.Pid) - before, long.MinValue, 150 * 1024 * 1024);
        await pool.LoggedAsync("Cancellations of tasks that are forgotten before their time, the oldest first: 10000");
    }

    private async Task<string> AddUserAsync(Site site, string name, string write, string configure = "^$", string read = "^$")
    {
        var user = $"{name}_{site.Prefix}";
        await machine.Broker.AddUserAsync(user, user, configure, write, read);
        return user;
    }

    private Task RemoveUserAsync(string user) => machine.Broker.RemoveUserAsync(user);

    private CommandRun RunAs(Site site, string user, params string[] arguments)
    {
        var (exitCode, output, error) = Shell.Try(machine.Installation.Cli, "", [.. arguments, "--config", ConfigOf(site, user)]);
        return new CommandRun(exitCode, output, error);
    }

    private CommandRun Run(Site site, params string[] arguments) => CommandRun.Of(machine, site, arguments);

    private static string ConfigOf(Site site, string user)
    {
        var path = Path.Combine(site.Folder, $"{user}.ini");
        File.WriteAllText(path, site.ConfigAs(user, user));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
