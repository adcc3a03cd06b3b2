using System.Text;
using TaskQueue.Client;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Client;

/// <summary>With a broker of its own, which is killed.</summary>
[Trait("Broker", "each")]
public sealed class ClientOutageTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loses_neither_tasks_nor_results_when_the_broker_dies_and_comes_back()
    {
        await using var broker = await PrivateBroker.StartAsync();
        await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = broker.BrokerOptions }, TestEnds);

        // No worker yet: these tasks wait through the outage, and so does the reply queue.
        var waiting = Enumerable.Range(0, 20)
            .Select(i => client.RunAsync(new NewTask("echo", $"before {i}"), TimeSpan.FromMinutes(3), TestEnds))
            .ToArray();
        await using (var looking = await RabbitMqTestBroker.ConnectAsync(broker.BrokerOptions, TestEnds))
        {
            await Eventually.TrueAsync(async () => (await looking.InspectQueueAsync("taskqueue", TestEnds))?.Ready == 20, () => "20 tasks in the queue");
        }

        await broker.SyncTablesAsync();
        broker.Kill();
        var enqueued = client.EnqueueManyAsync(Enumerable.Range(0, 100).Select(i => new NewTask("echo", $"meanwhile {i}")), TestEnds);
        await broker.StartAgainAsync();
        await using var worker = await AnsweringWorker.StartAsync(broker.BrokerOptions, body => body.ToUpperInvariant());

        Assert.Equal(100, (await enqueued).Distinct().Count());
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => $"ECHO BEFORE {i}"),
            (await Task.WhenAll(waiting)).Select(result => Encoding.UTF8.GetString(result.Body.Span)));
        var after = await client.RunAsync(new NewTask("echo", "after"), cancellationToken: TestEnds);
        Assert.Equal("ECHO AFTER", Encoding.UTF8.GetString(after.Body.Span));
    }
}
