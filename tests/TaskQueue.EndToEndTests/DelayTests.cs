using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Tasks that are sent now to be done later.</summary>
public sealed class DelayTests(Machine machine)
{
    [Fact]
    public async Task A_delayed_task_runs_when_it_is_due_and_not_before()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        var delay = TimeSpan.FromSeconds(3);

        Assert.DoesNotContain(site.Queues.Delays, Cli(site, "status", "echo"), StringComparison.Ordinal);
        Cli(site, "send", "echo", "much later", "--delay", "1d");
        Assert.Contains($"{site.Queues.Delays}  ", Cli(site, "status", "echo"), StringComparison.Ordinal);
        var now = Cli(site, "send", "echo", "now");
        Assert.Equal([now], (await site.ResultsAsync(1)).Keys);
        var before = TimeProvider.System.GetUtcNow();
        var id = Cli(site, "send", "echo", "later", "--delay", "3s");

        // How late it may be is up to the machine.
        Assert.Equal([id], (await site.ResultsAsync(1)).Keys);
        Assert.True(TimeProvider.System.GetUtcNow() >= before + delay);
    }

    [Fact]
    public async Task A_task_for_a_time_of_the_clock_is_waited_for()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        var due = TimeProvider.System.GetUtcNow().AddSeconds(2);

        var result = Cli(site, "send", "echo", "at last", "--wait", "--at", due.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));

        Assert.Equal("echo at last", result);
        Assert.True(TimeProvider.System.GetUtcNow() >= due);
    }

    [Fact]
    public async Task Delays_go_on_when_services_end_and_others_take_their_place()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        var first = await site.StartDispatcherAsync();
        var second = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var due = TimeProvider.System.GetUtcNow().AddSeconds(3);
        var ids = Cli(site, "send", "echo", "later", "--delay", "3s", "--count", "50").Split('\n').ToHashSet(StringComparer.Ordinal);

        Assert.Equal(0, await pool.StopAsync());
        Assert.Equal(0, await first.StopAsync());
        second.KillHard();
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        var results = await site.ResultsAsync(ids.Count);
        Assert.True(TimeProvider.System.GetUtcNow() >= due);
        Assert.Equal(ids, results.Keys.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_task_that_expires_says_when_so_that_the_pool_does_not_start_it_later()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        await site.StartDispatcherAsync();
        var queue = new QueueDefinition(site.Queues.Worker("a"));
        await site.Broker.DeclareQueueAsync(queue, TestContext.Current.CancellationToken);

        var before = TimeProvider.System.GetUtcNow();
        await site.SendAsync("a", properties: new MessageProperties { Expiration = "600000" });

        var properties = Assert.Single(await site.TakeAsync(queue.Name, 1)).Value.Properties;
        var expires = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(properties.HeaderText(HeaderNames.Expires)!, CultureInfo.InvariantCulture));
        Assert.InRange(expires, before.AddMinutes(10).AddMilliseconds(-1), TimeProvider.System.GetUtcNow().AddMinutes(10));
        Assert.Equal("600000", properties.Expiration);
    }

    private string Cli(Site site, params string[] arguments)
    {
        var (_, output, error) = Shell.Try(machine.Installation.Cli, "", [.. arguments, "--config", site.ConfigFile]);
        Assert.True(!error.Contains("taskqueue:", StringComparison.Ordinal), error);
        return output.Trim();
    }
}
