using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;
using TaskQueue.Testing;
using TaskQueue.Testing.Documents;

namespace TaskQueue.EndToEndTests;

/// <summary>What became of tasks is known after their end, and after that of everybody who saw it.</summary>
public sealed class HistoryTests(Machine machine)
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private readonly int _port = FreePorts.Take(1)[0];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_step_of_a_task_is_there_after_everything_was_killed_and_what_may_be_missing_is_said()
    {
        await using var site = await SetUpAsync(["echo", "testplugins"], "workers = echo, fail\n[echo]\nhistory_bodies = yes\n[fail]\nrelease_delay = 1ms\nmax_attempts = 2\n");
        using var client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/api/v1/")) };
        var web = await StartWebAsync(site);
        List<ServiceProcess> services = [await site.StartDispatcherAsync(), await site.StartPoolAsync(ready: 2)];
        await EverybodyIsHeardAsync(site, client);

        await site.SendRawAsync("echo one", Text with { MessageId = "one" });
        await site.SendRawAsync("fail temporary", Text with { MessageId = "two" });
        await site.SendRawAsync("{", new MessageProperties { ContentType = "application/json", MessageId = "three" });
        var one = await IsAsync(client, "one", "succeeded", "dispatched", "started", "ended");
        Assert.Equal((Environment.MachineName, "echo#1", "root", "echo one"), ((string?)one["host"], (string?)one["worker"], (string?)one["user"], (string?)one["result"]!["text"]));
        await IsAsync(client, "two", "buried", "dispatched", "started", "ended", "retried", "started", "ended", "buried");
        await IsAsync(client, "three", "rejected", "rejected");

        // While nobody keeps it, the queue does.
        web.KillHard();
        await site.SendRawAsync("echo four", Text with { MessageId = "four" });
        await site.ResultsAsync(2);
        await EventuallyToldAsync(site, "four", "dispatched", "started", "ended");
        services.ForEach(service => service.KillHard());
        services = [await site.StartDispatcherAsync(), await site.StartPoolAsync(ready: 2)];
        await StartWebAsync(site);

        Assert.Equal(one["events"]!.ToJsonString(), (await IsAsync(client, "one", "succeeded", "dispatched", "started", "ended"))["events"]!.ToJsonString());
        await IsAsync(client, "four", "succeeded", "dispatched", "started", "ended");
        await site.SendRawAsync("echo five", Text with { MessageId = "five" });
        await IsAsync(client, "five", "succeeded", "dispatched", "started", "ended");
        await Eventually.TrueAsync(
            async () => (await JsonAsync(client, "history"))!["coverage"]!["gaps"]!.AsArray().Count(gap => (string?)gap!["reason"] == "silent") == 2,
            () => "a gap of each service that was killed");
    }

    [Fact]
    public async Task What_services_tell_is_as_the_document_says()
    {
        await using var site = await SetUpAsync(["echo", "testplugins"], "workers = echo, fail, sleep\n[echo]\nhistory_bodies = yes\nreport_usage = yes\n");
        var queue = new QueueDefinition(site.Prefix + "heard", QueueType.Classic) { BoundTo = site.Queues.Events };
        await site.Broker.DeclareQueueAsync(queue, TestEnds);
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 3);
        foreach (var body in (string[])["echo one", "fail permanent", "fail temporary", "nobody-serves-this x"])
        {
            await site.SendRawAsync(body, Text);
        }

        await site.SendRawAsync("{", new MessageProperties { ContentType = "application/json" });
        CommandRun.Of(machine, site, "send", "echo", "later", "--delay", "1d").Ok();
        await site.ResultsAsync(2);
        await site.WaitsAsync(site.Queues.Rejected, 1);
        await site.WaitsAsync(site.Queues.Unroutable, 1);

        // They tell what is left, and their counts, when they stop.
        Assert.Equal((0, 0), (await dispatcher.StopAsync(), await pool.StopAsync()));

        var (document, kinds, ends) = (AsyncApiDocument.Read(), new HashSet<string>(StringComparer.Ordinal), 0);
        while (await site.Broker.GetAsync(queue.Name, TestEnds) is { } delivery)
        {
            Assert.Equal(EventBatch.ContentType, delivery.Properties.ContentType);
            Assert.Null(document.Problem("eventBatch", "payload", JsonNode.Parse(delivery.Body.Span)));
            var batch = EventBatch.Read(delivery.Body.Span)!;
            kinds.UnionWith(batch.Events.Select(told => told.Kind));
            ends += batch.Ends ? 1 : 0;
            delivery.Settle(Settlement.Ack);
        }

        Assert.Equal(2, ends);
        Assert.Superset(new HashSet<string> { "dispatched", "started", "ended", "retried", "buried", "rejected", "unroutable", "delayed", "counts" }, kinds);
    }

    private async Task<Site> SetUpAsync(string[] plugins, string config)
    {
        var site = await Site.SetUpAsync(machine, plugins);
        site.Configure(string.Create(CultureInfo.InvariantCulture, $"{config}[web]\nlisten = 127.0.0.1:{_port}\ndata_dir = {site.Folder}/web\n"));
        return site;
    }

    private async Task<ServiceProcess> StartWebAsync(Site site)
    {
        var web = site.Start(machine.Installation.Web, "--config", site.ConfigFile);
        await web.LoggedAsync("Keeping the history");
        return web;
    }

    /// <summary>Waits until dispatcher and pool know that somebody listens.</summary>
    private static Task EverybodyIsHeardAsync(Site site, HttpClient client) => Eventually.TrueAsync(
        async () =>
        {
            var id = await site.SendRawAsync("echo probe", Text);
            await site.ResultsAsync(1);
            return await JsonAsync(client, $"tasks/{id}") is { } task && task["events"] is JsonArray { Count: >= 2 };
        },
        () => "a task that both have told of");

    /// <summary>Waits until services have told of steps of a task, while nobody but the queue keeps what they tell.</summary>
    private static async Task EventuallyToldAsync(Site site, string id, params string[] kinds)
    {
        var (seen, told) = (new List<Delivery>(), new HashSet<string>(StringComparer.Ordinal));
        await Eventually.TrueAsync(
            async () =>
            {
                while (await site.Broker.GetAsync(site.Queues.History, TestEnds) is { } delivery)
                {
                    seen.Add(delivery);
                    told.UnionWith(EventBatch.Read(delivery.Body.Span)!.Events.Where(step => step.Id == id).Select(step => step.Kind));
                }

                return told.IsSupersetOf(kinds);
            },
            () => $"that {string.Join(", ", kinds)} of task {id} are in {site.Queues.History}; there are {string.Join(", ", told)}");
        seen.ForEach(delivery => delivery.Settle(Settlement.Requeue));
    }

    private static async Task<JsonNode> IsAsync(HttpClient client, string id, string state, params string[] kinds)
    {
        JsonNode? task = null;
        await Eventually.TrueAsync(
            async () => (task = await JsonAsync(client, $"tasks/{id}")) is not null && (string?)task["state"] == state && KindsOf(task).SequenceEqual(kinds),
            () => $"a task {id} that is {state} after {string.Join(", ", kinds)}; it is {task?.ToJsonString()}");
        return task!;
    }

    private static async Task<JsonNode?> JsonAsync(HttpClient client, string path)
    {
        var response = await client.GetAsync(path, TestEnds);
        return response.StatusCode == HttpStatusCode.OK ? JsonNode.Parse(await response.Content.ReadAsStringAsync(TestEnds)) : null;
    }

    private static IEnumerable<string> KindsOf(JsonNode task) => (task["events"] as JsonArray ?? []).Select(told => (string)told!["kind"]!);
}
