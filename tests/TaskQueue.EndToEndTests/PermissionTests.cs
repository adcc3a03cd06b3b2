using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Queues that the broker refuses: their types wait, are shown with the reason and heal, and nothing ends because of them.</summary>
public sealed class PermissionTests(Machine machine)
{
    private const string Password = "geheim";

    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    // Twice the longest time between two tries, for a busy machine.
    private static readonly TimeSpan Healing = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Case", "D1")]
    public async Task A_type_whose_queue_is_refused_waits_with_one_error_and_the_others_go_on_also_through_a_reload()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return, count, tell-process, stop\n");
        var (user, refused, others, owned) = ($"u{Guid.NewGuid():N}", site.Queues.Worker("return"), site.Queues.Worker("tell-process"), site.Queues.Worker("stop"));
        await machine.Broker.AddUserAsync(user, Password, $"^{site.Prefix}(taskqueue.*|results|worker_(count|stop)|worker_.*\\.buried)$", ".*", ".*");
        Configure(site, user);
        await site.Broker.DeclareQueueAsync(QueueDefinition.OfTasks(others, QueueType.Quorum), TestContext.Current.CancellationToken);
        var other = await PlainPublisher.ConnectAsync(site.BrokerOptions);
        await other.Channel.QueueDeclareAsync(owned, durable: false, exclusive: true, autoDelete: false, cancellationToken: TestContext.Current.CancellationToken);
        await site.StartDispatcherAsync();

        var pool = await site.StartPoolAsync(ready: 4);

        await pool.LoggedAsync($"Worker type return waits for a queue, its tasks stay where they are, and the other types go on: The broker refuses queue \"{refused}\": 403 ACCESS_REFUSED");
        await pool.LoggedAsync($"Worker type stop waits for a queue, its tasks stay where they are, and the other types go on: The broker refuses queue \"{owned}\": 405 RESOURCE_LOCKED");
        await pool.LoggedAsync($"Queue {others} exists, and not as we would declare it; it is used as it is");
        var served = new[] { await site.SendRawAsync("count 1", Text), await site.SendRawAsync("tell-process", Text) };
        Assert.Equal(served.Order(StringComparer.Ordinal), (await site.ResultsAsync(2)).Keys.Order(StringComparer.Ordinal));
        var status = await CommandRun.UntilAsync(machine, site, run => run.Output.Contains("return takes no tasks: ", StringComparison.Ordinal), "status", "return");
        Assert.Contains("403 ACCESS_REFUSED", status.Output, StringComparison.Ordinal);
        Assert.Contains(": stop takes no tasks: The broker refuses", CommandRun.Of(machine, site, "doctor").Output, StringComparison.Ordinal);
        Assert.Equal(2, pool.Count("error "));

        pool.Signal("HUP");
        await pool.LoggedAsync("Worker type return waits for a queue", times: 2);
        await pool.LoggedAsync("Worker type stop waits for a queue", times: 2);
        Assert.False(pool.HasExited);

        // A task sent before would be in that connection's queue, and go with it.
        await other.DisposeAsync();
        var waiting = new[] { await site.SendRawAsync("return 1", Text), await site.SendRawAsync("stop 0", Text) };
        await machine.Broker.PermitAsync(user, ".*", ".*", ".*");
        await Eventually.TrueAsync(
            () => pool.Count("Worker type return has its queues now") + pool.Count("Worker type stop has its queues now") == 2, () => pool.Log, Healing);
        Assert.Equal(waiting.Order(StringComparer.Ordinal), (await site.ResultsAsync(2)).Keys.Order(StringComparer.Ordinal));
        Assert.Equal(0, await pool.StopAsync());
    }

    [Fact]
    [Trait("Case", "D1")]
    public async Task A_dispatcher_that_is_refused_a_queue_waits_until_it_is_allowed()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        var user = $"u{Guid.NewGuid():N}";
        await machine.Broker.AddUserAsync(user, Password, $"^{site.Prefix}taskqueue(\\.(unroutable|delay|control|cancelled).*)?$", ".*", ".*");
        Configure(site, user);

        var dispatcher = site.Start(machine.Installation.Dispatcher, "--config", site.ConfigFile);

        await dispatcher.LoggedAsync($"Messages wait: The broker refuses queue \"{site.Queues.Rejected}\": 403 ACCESS_REFUSED");
        await machine.Broker.PermitAsync(user, ".*", ".*", ".*");
        await Eventually.TrueAsync(() => dispatcher.Count("Dispatching") == 1, () => dispatcher.Log, Healing);
        Assert.Equal(1, dispatcher.Count("error "));
        Assert.Equal(0, await dispatcher.StopAsync());
    }

    private static void Configure(Site site, string user) => File.WriteAllText(site.ConfigFile, site.ConfigAs(user, Password));
}
