using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;
using TaskQueue.Testing.Documents;

namespace TaskQueue.EndToEndTests.Documents;

/// <summary>What the services and the command really publish is as docs/asyncapi.yaml says.</summary>
public sealed class AsyncApiTests(Machine machine)
{
    private const string Client = "taskqueue.reply.a";

    private static readonly AsyncApiDocument Document = AsyncApiDocument.Read();
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" }, Json = new() { ContentType = "application/json" };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tasks_and_results_are_as_the_document_says_wherever_they_are()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo", "testplugins"], "workers = echo, fail\n");
        await site.Broker.DeclareQueueAsync(QueueDefinition.OfTasks(site.Queues.Worker("later"), QueueType.Quorum), TestEnds);
        await site.Broker.DeclareQueueAsync(new QueueDefinition(site.Prefix + Client), TestEnds);
        var dispatcher = await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 2);
        var headers = new Dictionary<string, object?>
        {
            ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            [HeaderNames.Timeout] = 30,
            ["CC"] = "x",
        };

        await site.SendAsync("echo", [], Json with { Headers = headers });
        await site.SendRawAsync("echo text", Text);
        await site.SendRawAsync("fail permanent", Text with { Expiration = "3600000" });
        await site.SendRawAsync("fail temporary", Text);
        await site.SendRawAsync("{", Json with { ReplyTo = site.Prefix + Client });
        await site.SendRawAsync("nobody-serves-this x", Text);
        await site.SendRawAsync("later x", Text with { Headers = headers, Expiration = "3600000", UserId = "guest" });

        foreach (var result in (await site.ResultsAsync(3)).Values.Concat((await site.TakeAsync(site.Prefix + Client, 1)).Values))
        {
            Valid("result", result.Properties, result.Body);
        }

        await ValidAsync(site, site.Queues.Rejected, "rejectedMessage");
        await ValidAsync(site, site.Queues.Worker("later"), "workerTask");
        await ValidAsync(site, site.Queues.Buried("fail"), "buriedTask");

        // While no dispatcher takes them, what waits for a pool and for its time can be taken here.
        await site.WaitsAsync(site.Queues.Unroutable, 1);
        await dispatcher.StopAsync();
        await ValidAsync(site, site.Queues.Unroutable, "unroutableTask");
        CommandRun.Of(machine, site, "send", "echo", "later", "--delay", "1d", "--priority", "7", "--expires", "1h").Ok();
        await site.WaitsAsync(site.Queues.DelayDue, (await site.Broker.InspectQueueAsync(site.Queues.DelayDue, TestEnds))!.Ready);
        await ValidAsync(site, site.Queues.DelayDue, "delayedTask");
    }

    [Fact]
    public async Task Requests_answers_and_cancellations_are_as_the_document_says()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var (asked, answered) = (new QueueDefinition(site.Prefix + "asked", QueueType.Classic) { BoundTo = site.Queues.Control }, new QueueDefinition(site.Prefix + "answered", QueueType.Classic));
        await site.Broker.DeclareQueueAsync(asked, TestEnds);
        await site.Broker.DeclareQueueAsync(answered, TestEnds);
        var running = await site.SendRawAsync("sleep 60", Text);
        await CommandRun.UntilAsync(machine, site, run => run.Output.Contains(running, StringComparison.Ordinal), "running");
        await site.Broker.PurgeQueueAsync(asked.Name, TestEnds);

        foreach (var command in (string[])[
            "status", "alive", "workers", "workers sleep", "running", "pause sleep", "resume sleep", "scale sleep 2", "log-level debug", "reload", $"cancel {running} never-comes comes-after-all --even-if-unknown", "cancellations undo comes-after-all", "audit --for 1s"])
        {
            CommandRun.Of(machine, site, command.Split(' '));
        }

        var requests = await AllOfAsync(site, asked.Name);
        Assert.Equal(
            Document.Words("controlRequest", "command").Order(StringComparer.Ordinal),
            requests.Select(request => (string)request.Json["command"]!).Distinct().Order(StringComparer.Ordinal));
        // The same once more, with the answers for us. A reload last: a dispatcher listens anew then.
        var reloads = requests.Where(request => (string)request.Json["command"]! == ControlCommands.Reload).ToList();
        var answers = await AskAsync([.. requests.Except(reloads)]);
        answers.AddRange(await AskAsync(reloads));
        foreach (var answer in answers)
        {
            Valid("controlAnswer", answer.Properties, answer.Body);
        }

        Assert.DoesNotContain(answers, answer => answer.Json["error"] is not null && (string?)answer.Json["service"]!["kind"] == "workerpool");
        Assert.Contains(answers, answer => answer.Properties.CorrelationId == ControlCommands.Ledger && answer.Json["result"]!["queues"]!.AsObject().Count > 0);
        Assert.Equal(0, await pool.StopAsync());
        await ValidAsync(site, site.Queues.Cancelled, "cancellations");

        async Task<List<Received>> AskAsync(IReadOnlyList<Received> repeated)
        {
            foreach (var request in repeated)
            {
                Valid("controlRequest", request.Properties, request.Body);
                var again = new MessageProperties { ReplyTo = answered.Name, CorrelationId = (string)request.Json["command"]!, UserId = "guest" };
                Assert.True(await site.Broker.PublishUntilConfirmedAsync(
                    new OutgoingMessage("", again, request.Body) { Exchange = site.Queues.Control, NamesUser = true }, TimeSpan.FromSeconds(0.1), TimeProvider.System, TestEnds));
            }

            await site.WaitsAsync(answered.Name, repeated.Count * 2);
            return await AllOfAsync(site, answered.Name);
        }
    }

    private static async Task ValidAsync(Site site, string queue, string message)
    {
        Received? found = null;
        await Eventually.TrueAsync(async () => (found = (await AllOfAsync(site, queue)).FirstOrDefault()) is not null, () => $"a message in {queue}");
        Valid(message, found!.Properties, found.Body);
    }

    private static async Task<List<Received>> AllOfAsync(Site site, string queue)
    {
        var all = new List<Received>();
        while (await site.Broker.GetAsync(queue, TestEnds) is { } delivery)
        {
            all.Add(new Received(delivery.Properties, delivery.Body.ToArray()));
            delivery.Settle(Settlement.Ack);
        }

        return all;
    }

    private static void Valid(string message, MessageProperties properties, byte[] body)
    {
        // What was rejected need not be JSON, though it says so.
        var isJson = properties.ContentType is null or "application/json" && message != "rejectedMessage" && properties.HeaderText(HeaderNames.Outcome) != "rejected";
        var payload = isJson ? JsonNode.Parse(body) : JsonValue.Create(System.Text.Encoding.UTF8.GetString(body));
        Assert.Null(Document.Problem(message, "payload", payload));
        if (message is not ("controlRequest" or "controlAnswer" or "cancellations"))
        {
            Assert.Null(Document.Problem(message, "headers", HeaderJson.Of(properties)));
        }
    }
}
