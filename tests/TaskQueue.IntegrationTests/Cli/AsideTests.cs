using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Cli;

public sealed class AsideTests(SharedBroker shared, SharedNode rabbit) : IClassFixture<SharedNode>
{
    private readonly string _prefix = $"cli_{RandomNumberGenerator.GetHexString(8)}_";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private QueueNames Names => new(_prefix);

    private Dictionary<string, string> ToBroker => shared.CommandEnvironment(_prefix);

    [Theory]
    [InlineData(QueueType.Quorum)]
    [InlineData(QueueType.Classic)]
    public async Task Lists_shows_kicks_and_deletes_while_somebody_else_buries_more(QueueType type)
    {
        await using var broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        await BuryAsync(broker, type, "print", Enumerable.Range(0, 100));
        using var stopBurying = new CancellationTokenSource();
        var burying = BuryUntilAsync(broker, type, "print", first: 1000, stopBurying.Token);

        var list = await CliProcess.RunAsync(ToBroker, "", "buried", "list", "print", "--limit", "10", "--json");
        var show = await CliProcess.RunAsync(ToBroker, "", "buried", "show", "print", "--id", "57", "--body");
        var kick = await CliProcess.RunAsync(ToBroker, "", "buried", "kick", "print", "--id", "3", "99", "none");
        var delete = await CliProcess.RunAsync(ToBroker, "", "buried", "delete", "print", "--match", "reason=crash", "--match", "host=h50");
        await stopBurying.CancelAsync();
        var later = await burying;

        Assert.Equal((0, 10), (list.ExitCode, JsonNode.Parse(list.Out)!["messages"]!.AsArray().Count));
        Assert.Equal(new CliProcess(0, "body of 57", ""), show);
        Assert.Equal((1, $"2 tasks kicked into {_prefix}worker_print\n"), (kick.ExitCode, kick.Out));
        Assert.Contains("no task has the message id \"none\"", kick.Error, StringComparison.Ordinal);
        Assert.Equal(new CliProcess(0, $"1 task deleted from {_prefix}worker_print.buried\n", ""), delete);
        Assert.Equal(["3", "99"], (await DrainAsync(broker, Names.Worker("print"), 2)).Order(StringComparer.Ordinal));
        var left = await DrainAsync(broker, Names.Buried("print"), 97 + later);
        Assert.Equal(97 + later, left.Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain("50", left);
    }

    [Theory]
    [InlineData(QueueType.Quorum)]
    [InlineData(QueueType.Classic)]
    public async Task Kicks_are_never_lost_and_at_most_doubled_when_the_command_is_killed(QueueType type)
    {
        const int Tasks = 3000, Rounds = 6;
        await using var broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        var (interrupted, doubled) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var workerType = $"print{round}";
            await BuryAsync(broker, type, workerType, Enumerable.Range(0, Tasks));
            await broker.DeclareQueueAsync(new QueueDefinition(Names.Worker(workerType), type), TestEnds);

            // Killed when so many have arrived: at another place each time, whatever the speed of the machine.
            var killAt = RandomNumberGenerator.GetInt32(1, Tasks);
            using (var process = CliProcess.Start(ToBroker, "buried", "kick", workerType, "--all", "--yes"))
            {
                await Eventually.TrueAsync(
                    async () => process.HasExited || (await broker.InspectQueueAsync(Names.Worker(workerType), TestEnds))?.Ready >= killAt,
                    () => $"{killAt} kicked tasks");
                process.Kill();
                await process.WaitForExitAsync(TestEnds);
                interrupted += process.ExitCode == 0 ? 0 : 1;
            }

            var all = await KickTheRestAsync(broker, workerType, Tasks);
            Assert.All(all.CountBy(id => id), copies => Assert.InRange(copies.Value, 1, 2));
            doubled += all.Count - Tasks;
        }

        TestContext.Current.SendDiagnosticMessage($"{type}: {interrupted} of {Rounds} kicks were killed in the middle; {doubled} tasks are there twice");
        Assert.True(interrupted > 0, "no kick was killed in the middle");
    }

    [Fact]
    public async Task Looks_through_more_than_fits_into_its_memory_and_loses_nothing_when_killed_then()
    {
        const int Tasks = 5000, BodyBytes = 60_000;
        await using var broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        await BuryAsync(broker, QueueType.Quorum, "print", Enumerable.Range(0, Tasks), BodyBytes);
        var environment = ToBroker;

        // 64 MB for 300 MB of bodies.
        environment["DOTNET_GCHeapHardLimit"] = "4000000";

        var list = await CliProcess.RunAsync(environment, "", "buried", "list", "print", "--match", "error=no paper", "--limit", "5");
        Assert.Equal((0, $"{_prefix}worker_print.buried: 4,995 tasks more; --limit N lists more of them, --all all\n"), (list.ExitCode, list.Error));

        using (var process = CliProcess.Start(environment, "buried", "delete", "print", "--id", "none"))
        {
            await Eventually.TrueAsync(
                async () => process.HasExited || (await broker.InspectQueueAsync(Names.Buried("print"), TestEnds))?.Ready < Tasks / 2, () => "half of it taken");
            process.Kill();
            await process.WaitForExitAsync(TestEnds);
        }

        await Eventually.TrueAsync(
            async () => (await broker.InspectQueueAsync(Names.Buried("print"), TestEnds))?.Ready == Tasks, () => $"{Tasks} tasks back in the queue");
        var kick = await CliProcess.RunAsync(environment, "", "buried", "kick", "print", "--all", "--yes");
        Assert.Equal(new CliProcess(0, $"5,000 tasks kicked into {_prefix}worker_print\n", ""), kick);
        Assert.Equal(Tasks, (await broker.InspectQueueAsync(Names.Worker("print"), TestEnds))!.Ready);
    }

    [Fact]
    public async Task Loses_nothing_that_is_looked_at_again_and_again_where_a_policy_of_RabbitMQ_has_a_delivery_limit()
    {
        const int Looks = 25, Limit = 20;
        await using var broker = await RabbitMqTestBroker.ConnectAsync(rabbit.Node.BrokerOptions, TestEnds);
        await rabbit.Node.CtlAsync(
            "set_policy", _prefix, $"^{_prefix}", string.Create(CultureInfo.InvariantCulture, $$"""{"delivery-limit":{{Limit}}}"""), "--apply-to", "queues");
        await BuryAsync(broker, QueueType.Quorum, "print", Enumerable.Range(0, 70));

        for (var look = 0; look < Looks; look++)
        {
            var list = await CliProcess.RunAsync(SharedBroker.CommandEnvironment(rabbit.Node, _prefix), "", "buried", "list", "print", "--limit", "40", "--json");
            Assert.True(list.ExitCode == 0, list.Error);
            Assert.Equal((0, 40, 30), (list.ExitCode, JsonNode.Parse(list.Out)!["messages"]!.AsArray().Count, (int)JsonNode.Parse(list.Out)!["more"]!));
        }

        var left = await DrainAsync(broker, Names.Buried("print"), 70);
        Assert.Equal(Enumerable.Range(0, 70).Select(i => $"{i}").Order(StringComparer.Ordinal), left.Order(StringComparer.Ordinal));
    }

    private static MessageProperties Properties(int id) => new()
    {
        MessageId = $"{id}",
        Headers = new Dictionary<string, object?>
        {
            [HeaderNames.Reason] = id % 2 == 0 ? "crash" : "permanent",
            [HeaderNames.Error] = "no paper",
            [HeaderNames.Trace] = new string('t', 500),
            [HeaderNames.Host] = $"h{id}",
        },
    };

    private async Task BuryAsync(IBroker broker, QueueType type, string workerType, IEnumerable<int> ids, int bodyBytes = 0)
    {
        var queue = new QueueDefinition(Names.Buried(workerType), type);
        await broker.DeclareQueueAsync(queue, TestEnds);
        var count = 0;
        await Parallel.ForEachAsync(ids, new ParallelOptions { CancellationToken = TestEnds, MaxDegreeOfParallelism = 100 }, async (id, cancel) =>
        {
            var body = System.Text.Encoding.UTF8.GetBytes($"body of {id}".PadRight(bodyBytes));
            Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(new OutgoingMessage(queue.Name, Properties(id), body), cancel));
            Interlocked.Increment(ref count);
        });
        await Eventually.TrueAsync(
            async () => (await broker.InspectQueueAsync(queue.Name, TestEnds))?.Ready >= count, () => $"{count} tasks in {queue.Name}");
    }

    private async Task<int> BuryUntilAsync(IBroker broker, QueueType type, string workerType, int first, CancellationToken stop)
    {
        var count = 0;
        for (; !stop.IsCancellationRequested; count++)
        {
            await BuryAsync(broker, type, workerType, [first + count]);
        }

        return count;
    }

    /// <summary>Kicks and takes what is kicked until every task came.</summary>
    /// <remarks>More than once: what a killed command had in hand is back only when the broker has noticed its end.</remarks>
    private async Task<IReadOnlyCollection<string>> KickTheRestAsync(IBroker broker, string workerType, int tasks)
    {
        ConcurrentQueue<string> ids = new();
        await using var consumer = await ConsumeAsync(broker, Names.Worker(workerType), ids);
        await Eventually.TrueAsync(
            async () =>
            {
                var kick = await CliProcess.RunAsync(ToBroker, "", "buried", "kick", workerType, "--all", "--yes");
                Assert.Equal((0, ""), (kick.ExitCode, kick.Error));
                await IsTakenAsync(broker, Names.Worker(workerType));
                return ids.Distinct(StringComparer.Ordinal).Count() == tasks;
            },
            () => $"{tasks} different tasks; {ids.Distinct(StringComparer.Ordinal).Count()} of {ids.Count} that came are");
        return ids;
    }

    /// <summary>Takes all out of a queue: at least so many.</summary>
    private static async Task<IReadOnlyCollection<string>> DrainAsync(IBroker broker, string queue, int atLeast)
    {
        ConcurrentQueue<string> ids = new();
        await using var consumer = await ConsumeAsync(broker, queue, ids);
        await Eventually.TrueAsync(() => ids.Count >= atLeast, () => $"{atLeast} messages; {ids.Count} came");
        await IsTakenAsync(broker, queue);
        return ids;
    }

    private static Task IsTakenAsync(IBroker broker, string queue) => Eventually.TrueAsync(
        async () => (await broker.InspectQueueAsync(queue, TestEnds))?.Ready == 0, () => $"nothing in {queue}");

    private static Task<IConsumer> ConsumeAsync(IBroker broker, string queue, ConcurrentQueue<string> ids) => broker.ConsumeAsync(
        new QueueDefinition(queue),
        new ConsumerOptions(500),
        delivery =>
        {
            ids.Enqueue(delivery.Properties.MessageId!);
            delivery.Settle(Settlement.Ack);
            return ValueTask.CompletedTask;
        },
        TestEnds);
}
