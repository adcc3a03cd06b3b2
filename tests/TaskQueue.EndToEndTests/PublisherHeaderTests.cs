using RabbitMQ.Client;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;

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
        var results = site.Queues.Results("results");
        string[] loops = [site.Queues.TaskQueue, site.Queues.Worker("echo"), results];

        foreach (var name in (string[])["CC", "BCC"])
        {
            await publisher.SendAsync(site.Queues.DelayDue, Task(name, new() { [name] = loops.ToList<object?>(), [HeaderNames.Due] = 1L }), "echo"u8.ToArray());
        }

        // The publisher's own copies are its right: one that is a result as it is, and two tasks beside the one that was delayed.
        await site.WaitsAsync(results, 2 * 4);
        var marker = await site.SendAsync("echo");
        var all = await site.ResultsAsync(3);
        Assert.Contains(marker, all);
        Assert.Equal((4, 4), (all["CC"].Copies, all["BCC"].Copies));
    }

    [Fact]
    [Trait("Case", "A3")]
    public async Task A_result_has_an_id_however_long_that_of_its_task_is()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = fail\nmax_attempts = 2\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        var id = new string('m', 255);

        await site.SendRawAsync("fail permanent", new MessageProperties { ContentType = "text/plain", MessageId = id });

        var result = Assert.Single(await site.ResultsAsync(1)).Value;
        Assert.Equal((MessageIds.OfResult(id), id), (result.Properties.MessageId, result.Properties.CorrelationId));
        Assert.Equal(1, Assert.Single(await site.TakeAsync(site.Queues.Buried("fail"), 1)).Value.Copies);
        await site.WaitsAsync(site.Queues.Worker("fail"), 0);
    }

    [Fact]
    public async Task A_task_whose_headers_leave_no_room_is_rejected_whole_and_with_the_reason()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        await site.StartDispatcherAsync();
        await using var publisher = await PlainPublisher.ConnectAsync(site.BrokerOptions);

        await publisher.SendAsync(site.Queues.TaskQueue, Task("large", new() { ["large"] = new byte[130_000] }), "x"u8.ToArray());

        var rejected = (await site.TakeAsync(site.Queues.Rejected, 1))["large"];
        Assert.Equal(130_000, ((byte[])rejected.Properties.Headers!["large"]!).Length);
        Assert.Contains("frame_max", rejected.Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);
    }

    private static BasicProperties Task(string id, Dictionary<string, object?> headers) =>
        new() { ContentType = "text/plain", MessageId = id, Persistent = true, Headers = headers };
}
