using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>A new configuration takes the place of the old one when it has proved to work, and never before.</summary>
[Trait("Case", "D2")]
public sealed class DispatcherReloadTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_is_wrong_with_a_new_configuration_ends_the_old_session_and_each_signal_is_heard()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        await site.Broker.DeclareQueueAsync(new QueueDefinition(site.Queues.Worker("a")), TestEnds);
        var good = await File.ReadAllTextAsync(site.ConfigFile, TestEnds);
        var dispatcher = await site.StartDispatcherAsync();

        // A port that nobody answers on, for as long as it likes.
        await ReloadAsync(dispatcher, site, WithPort(good, 1));
        await dispatcher.LoggedAsync("No broker answers: 127.0.0.1:1");
        await DispatchesAsync(site);

        await ReloadAsync(dispatcher, site, "");
        await dispatcher.LoggedAsync("the file sets nothing any more");
        await DispatchesAsync(site);

        await ReloadAsync(dispatcher, site, good.Replace("host = ", "hots = ", StringComparison.Ordinal));
        await dispatcher.LoggedAsync("Did you mean host?");

        File.Delete(site.ConfigFile);
        dispatcher.Signal("HUP");
        await dispatcher.LoggedAsync("the configuration does not exist");

        await ReloadAsync(dispatcher, site, site.ConfigAs(site.BrokerOptions.User, "s3cret-and-wrong"));
        await dispatcher.LoggedAsync("The new configuration is not used, the old one stays in force: 127.0.0.1:");
        await DispatchesAsync(site);
        Assert.Equal(1, dispatcher.Count("Connected to"));
        Assert.DoesNotContain("s3cret", dispatcher.Log, StringComparison.Ordinal);

        // Whoever asks for it by way of the broker hears the same.
        var copy = site.ConfigFile + ".good";
        await File.WriteAllTextAsync(copy, good, TestEnds);
        var refused = Shell.Try(machine.Installation.Cli, "", "reload", "--expect", "1", "--config", copy);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the new configuration is not used: 127.0.0.1:", refused.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(site.ConfigFile, good, TestEnds);
        var taken = Shell.Try(machine.Installation.Cli, "", "reload", "--expect", "1", "--config", copy);
        Assert.True(taken.ExitCode == 0, taken.ToString());
        Assert.Contains("connected anew, with the new configuration", taken.Output, StringComparison.Ordinal);
        await dispatcher.LoggedAsync("The new configuration is in force");
        Assert.Equal(2, dispatcher.Count("Dispatching"));
        await DispatchesAsync(site);
        Assert.Equal(0, await dispatcher.StopAsync());
    }

    [Fact]
    public async Task A_signal_is_heard_while_the_broker_of_the_start_does_not_answer_and_wrong_credentials_do_not_end_it_then()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        await site.Broker.DeclareQueueAsync(new QueueDefinition(site.Queues.Worker("a")), TestEnds);
        var good = await File.ReadAllTextAsync(site.ConfigFile, TestEnds);
        await File.WriteAllTextAsync(site.ConfigFile, WithPort(good, 1), TestEnds);
        var dispatcher = site.Start(machine.Installation.Dispatcher, "--config", site.ConfigFile);
        await dispatcher.LoggedAsync("No broker answers: 127.0.0.1:1");

        await ReloadAsync(dispatcher, site, site.ConfigAs(site.BrokerOptions.User, "s3cret-and-wrong"));
        await dispatcher.LoggedAsync("The new configuration is not used, the old one stays in force: 127.0.0.1:");
        await dispatcher.LoggedAsync("No broker answers: 127.0.0.1:1", times: 2);
        await ReloadAsync(dispatcher, site, good);

        await dispatcher.LoggedAsync("Dispatching");
        await DispatchesAsync(site);
        Assert.Equal(0, await dispatcher.StopAsync());
    }

    [Fact]
    public async Task A_dispatcher_moves_to_another_broker_and_leaves_nothing_unsettled_behind()
    {
        const int Tasks = 2000;
        await using var other = await PrivateBroker.StartAsync();
        await using var site = await Site.SetUpAsync(machine, []);
        await site.Broker.DeclareQueueAsync(new QueueDefinition(site.Queues.Worker("a")), TestEnds);
        var dispatcher = await site.StartDispatcherAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Tasks), new ParallelOptions { MaxDegreeOfParallelism = 100, CancellationToken = TestEnds }, async (_, _) => await site.SendRawAsync("a", Text));

        await ReloadAsync(dispatcher, site, WithPort(site.ConfigAs(other.BrokerOptions.User, other.BrokerOptions.Password!), other.Port));
        await dispatcher.LoggedAsync("The new configuration is in force");

        // What the first broker has, it has whole: in the queue of the type, or still to be dispatched.
        var (dispatched, waiting) = await ReadyAsync(site.Broker, site);
        Assert.Equal(Tasks, dispatched + waiting);
        Assert.All((await site.TakeAsync(site.Queues.Worker("a"), (int)dispatched)).Values, message => Assert.Equal(1, message.Copies));
        await using var there = new RabbitMqBroker(other.BrokerOptions, NullLoggerFactory.Instance, TimeProvider.System);
        await there.ConnectAsync(TestEnds);
        await Eventually.TrueAsync(
            async () => (await there.InspectQueueAsync(site.Queues.TaskQueue, TestEnds))?.Consumers > 0, () => "a consumer there");
        Assert.Equal(0, await dispatcher.StopAsync());
    }

    private static async Task<(long Dispatched, long Waiting)> ReadyAsync(IBroker broker, Site site) => (
        (await broker.InspectQueueAsync(site.Queues.Worker("a"), TestEnds))!.Ready,
        (await broker.InspectQueueAsync(site.Queues.TaskQueue, TestEnds))!.Ready);

    private static async Task ReloadAsync(ServiceProcess dispatcher, Site site, string config)
    {
        await File.WriteAllTextAsync(site.ConfigFile, config, TestEnds);
        dispatcher.Signal("HUP");
    }

    private static async Task DispatchesAsync(Site site)
    {
        var id = await site.SendRawAsync("a", Text);
        Assert.Contains(id, await site.TakeAsync(site.Queues.Worker("a"), 1));
    }

    private string WithPort(string config, int port) => config.Replace(
        $":{machine.Broker.Port.ToString(CultureInfo.InvariantCulture)}", $":{port.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal);
}
