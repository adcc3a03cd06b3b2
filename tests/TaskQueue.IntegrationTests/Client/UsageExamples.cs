using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TaskQueue.Client;
using TaskQueue.Messaging;

namespace TaskQueue.IntegrationTests.Client;

/// <summary>What docs/client.md shows, compiled and run.</summary>
public sealed class UsageExamples(SharedNode shared)
{
    private readonly string _prefix = $"usage_{RandomNumberGenerator.GetHexString(8)}_";

    private BrokerOptions Broker => shared.Node.BrokerOptions with { QueuePrefix = _prefix };

    [Fact]
    public async Task Enqueue_tasks()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = Broker }, stop);

        // A Ruote workitem with these fields.
        var id = await client.EnqueueAsync(new NewTask("resize", new JsonObject { ["url"] = "https://example.org/cat.png", ["width"] = 640 }), stop);

        // A line of text, and any bytes.
        await client.EnqueueAsync(new NewTask("echo", "hello"), stop);
        await client.EnqueueAsync("thumbnail", new byte[] { 0x89, 0x50 }, new EnqueueOptions { ContentType = "image/png" }, stop);

        // Many at once: their confirms are awaited together.
        var ids = await client.EnqueueManyAsync(Enumerable.Range(1, 1000).Select(n => new NewTask("echo", $"line {n}")), stop);

        // Later: tonight, or in ten minutes.
        var tonight = new DateTimeOffset(TimeProvider.System.GetLocalNow().Date.AddHours(22));
        await client.EnqueueAsync(new NewTask("report", "daily", new EnqueueOptions { DeliverAt = tonight }), stop);
        await client.EnqueueAsync(new NewTask("echo", "hello", new EnqueueOptions { Delay = TimeSpan.FromMinutes(10) }), stop);

        Assert.Equal(1001, ids.Append(id).Distinct().Count());
    }

    [Fact]
    public async Task Run_a_task_and_use_its_result()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var worker = await AnsweringWorker.StartAsync(Broker, body => body.Replace("640", "320", StringComparison.Ordinal));
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = Broker }, stop);

        var width = 0;
        try
        {
            var result = await client.RunAsync(new NewTask("resize", new JsonObject { ["width"] = 640 }), TimeSpan.FromSeconds(30), stop);
            width = (int)((RuoteWorkItem)result.ReadWorkItem()).Fields["width"]!;
        }
        catch (TaskFailedException e)
        {
            Console.WriteLine($"{e.Outcome}: {e.Error}\n{e.Trace}");
        }
        catch (TimeoutException)
        {
            Console.WriteLine("No answer yet; the task stays enqueued.");
        }

        Assert.Equal(320, width);
    }
}
