using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.Cli.Moving;

/// <summary>Moves the messages of several queues from one broker to another.</summary>
internal sealed class Relocation(IBroker source, IBroker target, QueueNames names, QueueType type, Retention keepResults, Retention keepBuried, Surroundings surroundings)
{
    // Delayed messages come back to their entrance while others move; publishers that go on would keep us for ever.
    private const int MostRounds = 10;

    private readonly DelayQueues _delays = new(names, type, surroundings.Time);

    /// <summary>Moves all that waits.</summary>
    /// <returns>What became of each queue.</returns>
    /// <exception cref="TimeoutException">One of the brokers does not go on.</exception>
    public async Task<IReadOnlyList<MovedQueue>> RunAsync(IReadOnlyList<KnownQueue> queues, CancellationToken cancellationToken)
    {
        List<MovedQueue> moved = [];
        foreach (var queue in queues)
        {
            var (here, there) = (await ReadyAsync(source, queue, cancellationToken), await ReadyAsync(target, queue, cancellationToken));
            moved.Add(new MovedQueue(queue, here, there) { Trouble = TooMany(queue, here ?? 0, there ?? 0) });
        }

        for (var round = 0; round < MostRounds; round++)
        {
            var isDone = true;
            foreach (var queue in moved.Where(queue => queue.Trouble is null))
            {
                isDone &= !await MoveAsync(queue, cancellationToken);
            }

            if (isDone)
            {
                break;
            }
        }

        foreach (var queue in moved)
        {
            queue.Left = await ReadyAsync(source, queue.Queue, cancellationToken);
            queue.There = await ReadyAsync(target, queue.Queue, cancellationToken);
        }

        return moved;
    }

    /// <summary>How many wait in the parts of a queue.</summary>
    /// <returns>Null when there is none of them.</returns>
    public static async Task<long?> ReadyAsync(IBroker broker, KnownQueue queue, CancellationToken cancellationToken)
    {
        long? sum = null;
        foreach (var part in queue.Parts)
        {
            sum = await broker.InspectQueueAsync(part, cancellationToken) is { } state ? (sum ?? 0) + state.Ready : sum;
        }

        return sum;
    }

    /// <returns>Whether there was something to move.</returns>
    private async Task<bool> MoveAsync(MovedQueue queue, CancellationToken cancellationToken)
    {
        var isAny = false;

        // The longest delay first and the entrance last, for that is where all the others lead.
        foreach (var part in queue.Queue.Parts.Reverse())
        {
            if (queue.Trouble is not null || await source.InspectQueueAsync(part, cancellationToken) is not { Ready: > 0 })
            {
                continue;
            }

            isAny = true;
            await DeclareAsync(queue.Queue.Role, part, cancellationToken);
            var move = new QueueMove(source, target, delivery => Copy(queue.Queue.Role, part, delivery), surroundings.Time);
            try
            {
                await move.RunAsync(part, count => surroundings.Error.WriteLineAsync($"taskqueue: {part}: {count:N0} moved so far"), cancellationToken);
            }
            finally
            {
                queue.Moved += move.Moved;
                queue.Trouble = move.Trouble;
            }
        }

        return isAny;
    }

    private string? TooMany(KnownQueue queue, long here, long there)
    {
        var (keep, key, what) = queue.Role switch
        {
            QueueRole.Results => (keepResults, "results_keep", "results"),
            QueueRole.Buried => (keepBuried, "buried_keep", "tasks"),
            _ => (Retention.All, "", ""),
        };
        return here > 0 && here + there > keep.Count
            ? $"{here:N0} {what} wait, and {there:N0} at the target, which keeps {keep.Count:N0} ({key}) and would drop the oldest; take them first, or set {key} = all"
            : null;
    }

    private OutgoingMessage Copy(QueueRole role, string queue, Delivery delivery)
    {
        var message = role == QueueRole.Delayed
            ? _delays.GoOn(delivery.Properties, delivery.Body)
            : new OutgoingMessage(queue, delivery.Properties.WithoutDeliveryCounts(), delivery.Body);
        return message with { KeepsHeaders = true };
    }

    private async Task DeclareAsync(QueueRole role, string queue, CancellationToken cancellationToken)
    {
        var definition = role switch
        {
            QueueRole.Delayed => _delays.Entrance,
            QueueRole.Tasks => new QueueDefinition(queue, type) { Door = names.Door },
            QueueRole.Results => keepResults.OfResults(names, queue, type),
            QueueRole.Buried => keepBuried.Of(names.Definition(queue, type)),
            _ => names.Definition(queue, type),
        };

        // One that exists is not to be declared: it may have other arguments, which would be logged.
        if (await target.InspectQueueAsync(definition.Name, cancellationToken) is null)
        {
            await target.DeclareQueueAsync(definition, cancellationToken);
        }
    }
}
