using TaskQueue.Chaos.Staging;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Takes what comes out of the system, wherever that is; and what lies still in the end.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private const int Prefetch = 500;
    private const string DelayQueues = "taskqueue.delay";

    private readonly Stage _stage;
    private readonly Findings _findings;
    private readonly List<IConsumer> _consumers = [];

    private Collector(Stage stage, Findings findings) => (_stage, _findings) = (stage, findings);

    /// <summary>Declares the queues, one of them full, and begins to take.</summary>
    public static async Task<Collector> StartAsync(Stage stage, Findings findings, IReadOnlyList<string> workerTypes, CancellationToken cancellationToken)
    {
        var collector = new Collector(stage, findings);
        await stage.Nodes[0].CtlAsync("set_policy", "full", $"^{KnownCases.FullQueue}$", """{"max-length": 0, "overflow": "reject-publish"}""");
        await stage.Broker.DeclareQueueAsync(new QueueDefinition(KnownCases.FullQueue), cancellationToken);
        await collector.TakeAsync(Stage.Queues.Results("results"), findings.FoundResult, cancellationToken);
        await collector.TakeAsync(Stage.Queues.Rejected, findings.FoundRejected, cancellationToken);
        await collector.TakeAsync(HostileMessage.CopyQueue, findings.FoundCopy, cancellationToken);
        foreach (var type in workerTypes)
        {
            await collector.TakeAsync(Stage.Queues.Buried(type), findings.FoundBuried, cancellationToken);
        }

        return collector;
    }

    /// <summary>Empties all queues, now that nobody moves anything.</summary>
    /// <returns>What was found where nothing should be.</returns>
    public async Task<IReadOnlyList<string>> DrainAsync(CancellationToken cancellationToken)
    {
        List<string> problems = [];

        // The broker itself moves what waits in the delay queues on, when its time has come.
        while (await _stage.QueuesWithMessagesAsync() is { Count: > 0 } queues)
        {
            await DrainAsync(queues, problems, cancellationToken);
        }

        return problems;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var consumer in _consumers)
        {
            await consumer.DisposeAsync();
        }
    }

    private async Task DrainAsync(IReadOnlyList<string> queues, List<string> problems, CancellationToken cancellationToken)
    {
        foreach (var queue in queues)
        {
            Action<Delivery>? found = queue == Stage.Queues.Unroutable ? _findings.FoundUnroutable
                : queue == KnownCases.FullQueue ? _findings.FoundResult
                : queue.StartsWith(DelayQueues, StringComparison.Ordinal) ? _findings.FoundDelayed
                : null;
            var count = 0;
            for (; await _stage.Broker.GetAsync(queue, cancellationToken) is { } delivery; count++)
            {
                found?.Invoke(delivery);
                delivery.Settle(Settlement.Ack);
            }

            if (found is null && count > 0)
            {
                problems.Add($"{count} messages were left in {queue}");
            }
        }
    }

    private async Task TakeAsync(string queue, Action<Delivery> found, CancellationToken cancellationToken) => _consumers.Add(await _stage.Broker.ConsumeAsync(
        new QueueDefinition(queue),
        new ConsumerOptions(Prefetch) { KeepBodies = false },
        delivery =>
        {
            found(delivery);
            delivery.Settle(Settlement.Ack);
            return ValueTask.CompletedTask;
        },
        cancellationToken));
}
