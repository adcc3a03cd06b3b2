using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;

namespace TaskQueue.EndToEndTests;

/// <summary>Results go where the operator and whoever asked may have them, and nowhere else.</summary>
public sealed class DestinationTests(Machine machine)
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Case", "A8")]
    [Trait("Case", "A9")]
    public async Task Direct_reply_to_is_answered_once_and_a_queue_of_the_system_not_at_all()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await using var publisher = await PlainPublisher.ConnectAsync(site.BrokerOptions);
        var answers = Channel.CreateUnbounded<string>();
        var consumer = new AsyncEventingBasicConsumer(publisher.Channel);
        consumer.ReceivedAsync += (_, delivery) => answers.Writer.WriteAsync(delivery.BasicProperties.MessageId!, TestEnds).AsTask();
        await publisher.Channel.BasicConsumeAsync("amq.rabbitmq.reply-to", autoAck: true, consumer, TestEnds);

        foreach (var id in (string[])["m1", "m2", "m3"])
        {
            await publisher.SendAsync(site.Queues.TaskQueue, Text(id, "amq.rabbitmq.reply-to"), "echo hello"u8.ToArray());
        }

        string[] received = [await answers.Reader.ReadAsync(TestEnds), await answers.Reader.ReadAsync(TestEnds), await answers.Reader.ReadAsync(TestEnds)];
        Assert.Equal(["m1.result", "m2.result", "m3.result"], received);

        foreach (var queue in (string[])[site.Queues.Cancelled, site.Queues.TaskQueue, site.Queues.Worker("echo"), site.Queues.Buried("echo"), site.Queues.DelayDue])
        {
            await publisher.SendAsync(site.Queues.TaskQueue, Text("evil", queue), "echo echo"u8.ToArray());
        }

        var marker = await site.SendAsync("echo");
        Assert.Equal(marker, Assert.Single(await site.ResultsAsync(1)).Key);
        await pool.LoggedAsync($"is not answered: its reply-to {site.Queues.Cancelled} is a queue of this system");
        Assert.Null(await site.Broker.InspectQueueAsync(site.Queues.Cancelled, TestEnds));
        Assert.Null(await site.Broker.InspectQueueAsync(site.Queues.Buried("echo"), TestEnds));
        await site.WaitsAsync(site.Queues.Worker("echo"), 0);
        Assert.Equal(0, pool.Count("is gone"));
    }

    [Fact]
    [Trait("Case", "C5")]
    public async Task A_plugin_sends_results_where_its_section_says_and_a_task_that_wants_more_fails_without_a_queue()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins", "echo"], "workers = results-two, echo\n[results-two]\nresult_queues = archive, worker_echo\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 2);
        var archive = site.Queues.Results("archive");
        Assert.NotNull(await site.Broker.InspectQueueAsync(archive, TestEnds));

        await SendAsync(site, "named", "archive");
        await SendAsync(site, "complete", archive);
        await SendAsync(site, "chained", "worker_echo");
        await SendAsync(site, "unknown", "nowhere");
        await SendAsync(site, "system", site.Queues.Cancelled);

        Assert.Equal(["complete", "named"], (await site.TakeAsync(archive, 2)).Keys.Order());
        var buried = await site.TakeAsync(site.Queues.Buried("results-two"), 2);
        Assert.Equal(["system", "unknown"], buried.Keys.Order());
        Assert.All(buried.Values, task => Assert.Equal("permanent", task.Properties.HeaderText(HeaderNames.Reason)));
        Assert.Contains("sends a result to \"nowhere\"", buried["unknown"].Error, StringComparison.Ordinal);
        Assert.Contains("result_queues", buried["unknown"].Error, StringComparison.Ordinal);
        Assert.Null(await site.Broker.InspectQueueAsync("nowhere", TestEnds));
        Assert.Null(await site.Broker.InspectQueueAsync(site.Queues.Cancelled, TestEnds));
        var results = await site.ResultsAsync(5);
        Assert.Equal(("permanent", "permanent"), (results["unknown"].Outcome, results["system"].Outcome));
    }

    private static Task<string> SendAsync(Site site, string id, string queue) =>
        site.SendRawAsync($"results-two {queue}", new MessageProperties { ContentType = "text/plain", MessageId = id });

    private static BasicProperties Text(string id, string replyTo) =>
        new() { ContentType = "text/plain", MessageId = id, ReplyTo = replyTo, Persistent = true };
}
