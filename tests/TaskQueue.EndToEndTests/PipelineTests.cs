using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Messages of every format from <c>taskqueue</c> to <c>results</c>.</summary>
public sealed class PipelineTests(Machine machine)
{
    [Fact]
    public async Task A_ruote_workitem_comes_back_with_its_ids_headers_and_unknown_members()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        const string Body = """{"fei":{"wfid":"20261121-a","expid":"0_0"},"re_dispatch_count":7,"fields":{"a":[1,2.50,null],"params":{"worker_type":"echo","ref":"x"}}}""";
        var properties = new MessageProperties { ContentType = "application/json", CorrelationId = "c-1", MessageId = "m-1" }
            .WithHeaders(new("tenant", "acme"), new("n", 5L));

        await site.SendRawAsync(Body, properties);

        var result = Assert.Single(await site.ResultsAsync(1)).Value;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Body), result.Json), result.Text);
        Assert.Equal("application/json", result.Properties.ContentType);
        Assert.Equal("c-1", result.Properties.CorrelationId);
        Assert.Equal("m-1.result", result.Properties.MessageId);
        Assert.Equal("acme", result.Properties.HeaderText("tenant"));
        Assert.Equal("5", result.Properties.HeaderText("n"));
        Assert.Equal("success", result.Outcome);
    }

    [Fact]
    [Trait("Path", "everything")]
    [Trait("Broker", "each")]
    public async Task Basic_raw_and_plugin_formats_reach_their_workers()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo", "testplugins"], "workers = echo, csv-sum, accept-png\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 3);

        await site.SendRawAsync("echo some text", new MessageProperties { ContentType = "text/plain", MessageId = "basic" });
        await site.SendRawAsync("csv-sum,1,2,39", new MessageProperties { ContentType = "application/x-csv-workitem", MessageId = "csv" });
        await site.PublishAsync(
            site.Queues.TaskQueue,
            new MessageProperties { ContentType = "image/png", MessageId = "raw" }.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.WorkerType, "accept-png")),
            new byte[] { 0x89, 0x50, 0x4e, 0x47, 0x00, 0xff });

        var results = await site.ResultsAsync(3);
        Assert.Equal("echo some text", results["basic"].Text);
        Assert.Equal("text/plain", results["basic"].Properties.ContentType);
        Assert.Equal("csv-sum,1,2,39,42", results["csv"].Text);
        Assert.Equal("accept-png 6", results["raw"].Text);
    }

    [Fact]
    public async Task A_message_that_nobody_can_read_is_set_aside_with_a_reason_and_otherwise_untouched()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        await site.StartDispatcherAsync();

        await site.SendRawAsync("{\"fields\": ", new MessageProperties { ContentType = "application/json", MessageId = "m", CorrelationId = "c" });

        var rejected = Assert.Single(await site.TakeAsync(site.Queues.Rejected, 1)).Value;
        Assert.Equal("{\"fields\": ", rejected.Text);
        Assert.Equal("c", rejected.Properties.CorrelationId);
        Assert.Contains("JSON", rejected.Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_whose_type_nobody_serves_yet_waits_and_is_done_once_a_pool_comes()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        var id = await site.SendAsync("echo");
        await site.WaitsAsync(site.Queues.Unroutable, 1);

        await site.StartPoolAsync(ready: 1);

        var result = (await site.ResultsAsync(1))[id];
        Assert.DoesNotContain(result.Properties.Headers!.Keys, name => name == HeaderNames.UnroutableSince);
    }

    [Fact]
    public async Task A_task_that_waited_too_long_for_a_pool_is_rejected()
    {
        await using var site = await Site.SetUpAsync(machine, [], "unroutable_ttl = 1s\n");
        await site.StartDispatcherAsync();

        var id = await site.SendAsync("nobody");

        var rejected = (await site.TakeAsync(site.Queues.Rejected, 1))[id];
        Assert.Contains("no pool has served worker type \"nobody\"", rejected.Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_waits_for_the_result_of_a_task_that_cannot_be_dispatched_is_told()
    {
        await using var site = await Site.SetUpAsync(machine, [], "unroutable_ttl = 1s\nrejected_results_routing_key = results\n");
        await site.StartDispatcherAsync();
        var mine = site.Queues.Results("mine");
        await site.Broker.DeclareQueueAsync(new QueueDefinition(mine), TestContext.Current.CancellationToken);

        await site.SendRawAsync("{", new MessageProperties { ContentType = "application/json", MessageId = "unreadable", ReplyTo = mine });
        await site.SendRawAsync("nobody serves this", new MessageProperties { ContentType = "text/plain", MessageId = "unserved", ReplyTo = mine });
        await site.SendRawAsync("[]", new MessageProperties { ContentType = "application/json", MessageId = "unasked" });

        var answers = await site.TakeAsync(mine, 2);
        Assert.Equal("rejected", answers["unreadable"].Outcome);
        Assert.Equal("unroutable", answers["unserved"].Outcome);
        Assert.Contains("no pool has served worker type \"nobody\"", answers["unserved"].Text, StringComparison.Ordinal);
        Assert.Equal("rejected", (await site.TakeAsync(site.Queues.Results("results"), 1))["unasked"].Outcome);
        Assert.Equal(3, (await site.TakeAsync(site.Queues.Rejected, 3)).Count);
    }

    [Fact]
    public async Task Whoever_sets_reply_to_is_answered_there_and_a_reply_queue_that_is_gone_holds_nothing_up()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var mine = new QueueDefinition(site.Prefix + "mine");
        await site.Broker.DeclareQueueAsync(mine, TestContext.Current.CancellationToken);

        await site.SendAsync("echo", properties: new MessageProperties { ContentType = "application/json", ReplyTo = site.Prefix + "gone" });
        var id = await site.SendAsync("echo", properties: new MessageProperties { ContentType = "application/json", ReplyTo = mine.Name });

        Assert.Contains(id, await site.TakeAsync(mine.Name, 1));
        await pool.LoggedAsync("reply-to queue " + site.Prefix + "gone is gone");
        await site.WaitsAsync(site.Queues.Worker("echo"), 0);
    }

    [Fact]
    public async Task Failures_are_told_in_the_workitem_as_it_came_and_in_the_headers()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = fail\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        await site.SendRawAsync(
            """{"fields":{"keep":"me","params":{"worker_type":"fail","argument":"permanent"}}}""",
            new MessageProperties { ContentType = "application/json", MessageId = "ruote" });
        await site.SendRawAsync("fail unknown", new MessageProperties { ContentType = "text/plain", MessageId = "basic" });

        var results = await site.ResultsAsync(2);
        Assert.Equal("permanent", results["ruote"].Outcome);
        Assert.Equal("the input is bad", results["ruote"].Json["error"]!.ToString());
        Assert.Equal("me", results["ruote"].Field("keep")!.ToString());
        Assert.Null(results["ruote"].Field("answer"));
        Assert.Contains("FailWorker", results["ruote"].Json["trace"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("unknown", results["basic"].Outcome);
        Assert.Contains("Error: ", results["basic"].Text, StringComparison.Ordinal);
        Assert.Contains("Trace: ", results["basic"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_checksum_example_hashes_a_real_file_and_says_clearly_when_there_is_none()
    {
        await using var site = await Site.SetUpAsync(machine, ["checksum"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        var file = Path.Combine(site.Folder, "data");
        await File.WriteAllTextAsync(file, "abc", TestContext.Current.CancellationToken);

        var good = await site.SendAsync("checksum", new JsonObject { ["path"] = file });
        var missing = await site.SendAsync("checksum", new JsonObject { ["path"] = file + ".not" });

        var results = await site.ResultsAsync(2);
        // FIPS 180-2, appendix B.1.
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", results[good].Field("sha256")!.ToString());
        Assert.Equal("3", results[good].Field("size")!.ToString());
        Assert.Equal($"field path = \"{file}.not\": there is no such file", results[missing].Error);
    }

    [Fact]
    public async Task Two_dispatchers_share_the_work_and_losing_one_under_load_loses_nothing()
    {
        const int Tasks = 20_000;
        await using var site = await Site.SetUpAsync(machine, []);
        var first = await site.StartDispatcherAsync();
        await site.StartDispatcherAsync();
        var queue = site.Queues.Worker("a");
        await site.Broker.DeclareQueueAsync(new QueueDefinition(queue), TestContext.Current.CancellationToken);
        var body = Encoding.UTF8.GetBytes("""{"fields":{"params":{"worker_type":"a"}}}""");

        var sending = Parallel.ForEachAsync(
            Enumerable.Range(0, Tasks),
            new ParallelOptions { MaxDegreeOfParallelism = 500, CancellationToken = TestContext.Current.CancellationToken },
            async (number, _) => await site.PublishAsync(site.Queues.TaskQueue, new MessageProperties { MessageId = $"m{number}" }, body));
        await Eventually.TrueAsync(
            async () => (await site.Broker.InspectQueueAsync(queue, TestContext.Current.CancellationToken))?.Ready > Tasks / 10,
            () => "a tenth of the messages dispatched");
        first.KillHard();
        await sending;

        var dispatched = await site.TakeAsync(queue, Tasks);
        Assert.Equal(Tasks, dispatched.Count);
        await site.WaitsAsync(site.Queues.TaskQueue, 0);
    }
}
