using RabbitMQ.Client;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What a publisher may write into properties and headers does not tell the broker what to do with what we publish.</summary>
public sealed class PublisherHeaderTests(Machine machine)
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Case", "A1")]
    public async Task A_copy_that_a_publisher_asks_for_never_stands_for_the_task_itself()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = fail\n");
        var audit = new QueueDefinition(site.Prefix + "audit");
        await site.Broker.DeclareQueueAsync(audit, TestEnds);
        await site.StartDispatcherAsync();
        await using var publisher = await PlainPublisher.ConnectAsync(site.BrokerOptions);
        var headers = new Dictionary<string, object?> { ["CC"] = new List<object?> { audit.Name }, ["tenant"] = "acme" };

        await publisher.SendAsync(site.Queues.TaskQueue, Task("nobody", headers), "nobody"u8.ToArray());
        await publisher.SendAsync(site.Queues.TaskQueue, Task("late", new(headers) { [HeaderNames.WorkerType] = "late" }), "late"u8.ToArray());
        await publisher.SendAsync(
            site.Queues.DelayDue, Task("delayed", new(headers) { [HeaderNames.Due] = 1L, [HeaderNames.To] = site.Prefix + "worker_gone" }), "nobody"u8.ToArray());
        await site.WaitsAsync(site.Queues.Unroutable, 3);
        await publisher.SendAsync(site.Queues.TaskQueue, Task("fails", headers), "fail permanent"u8.ToArray());
        await site.StartPoolAsync(ready: 1);

        var buried = (await site.TakeAsync(site.Queues.Buried("fail"), 1))["fails"];
        Assert.Equal("acme", buried.Properties.HeaderText("tenant"));
        Assert.Contains(HeaderNames.Withheld("CC"), buried.Properties.Headers!.Keys);
        Assert.Equal(["delayed", "late", "nobody"], (await site.TakeAsync(site.Queues.Unroutable, 3)).Keys.Order());
        // Those that the broker made of what the publisher itself sent.
        await site.WaitsAsync(audit.Name, 4);
    }

    [Fact]
    [Trait("Case", "A2")]
    public async Task A_task_cannot_feed_itself()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        await using var publisher = await PlainPublisher.ConnectAsync(site.BrokerOptions);
        string[] loops = [site.Queues.TaskQueue, site.Queues.Worker("echo"), site.Queues.Results("results")];

        foreach (var name in (string[])["CC", "BCC"])
        {
            await publisher.SendAsync(site.Queues.DelayDue, Task(name, new() { [name] = loops.ToList<object?>(), [HeaderNames.Due] = 1L }), "echo"u8.ToArray());
        }

        // The publisher's own copies to "taskqueue", "worker_echo" and "results" are its right: each of the first two is run once, beside the one that was delayed.
        var marker = await site.SendAsync("echo");
        var results = await site.ResultsAsync(3);
        Assert.Contains(marker, results);
        await site.WaitsAsync(site.Queues.TaskQueue, 0);
        Assert.All(["CC", "BCC"], id => Assert.InRange(results[id].Copies, 1, 4));
    }

    private static BasicProperties Task(string id, Dictionary<string, object?> headers) =>
        new() { ContentType = "text/plain", MessageId = id, Persistent = true, Headers = headers };
}
