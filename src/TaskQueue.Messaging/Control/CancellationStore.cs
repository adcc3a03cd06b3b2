using System.Text.Json;

namespace TaskQueue.Messaging.Control;

/// <summary>Remembers cancellations in the queue <see cref="QueueNames.Cancelled"/>, where they outlive every service and a restart of the broker.</summary>
/// <remarks>
/// <para>All of them are one message. AMQP lets one reader at a time look at a message, so with a message for each a service that
/// starts while another one looks would see a part and take it for all. Of one message it sees all or nothing, and nothing
/// means: wait until whoever has it has put it back. For the same reason the queue does not exist before the first cancellation.</para>
/// <para>Whoever changes it publishes the new message before the old one goes. A crash in between leaves two, and what counts is
/// both together.</para>
/// </remarks>
/// <param name="broker">The broker.</param>
/// <param name="queues">Names the queue.</param>
/// <param name="queueType">How it is kept.</param>
/// <param name="time">The clock.</param>
public sealed class CancellationStore(IBroker broker, QueueNames queues, QueueType queueType, TimeProvider time)
{
    /// <summary>How many cancellations there may be.</summary>
    public const int Most = 10_000;

    // It is put back within milliseconds, unless its reader hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), BetweenTries = TimeSpan.FromMilliseconds(50), RefusedDelay = TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly QueueDefinition _queue = new(queues.Cancelled, queueType);

    /// <summary>Reads all that are not forgotten yet.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Them.</returns>
    public async Task<IReadOnlyList<TaskCancellation>> ReadAsync(CancellationToken cancellationToken)
    {
        if (await broker.InspectQueueAsync(_queue.Name, cancellationToken) is null)
        {
            return [];
        }

        var taken = await TakeAllAsync(cancellationToken);
        var all = Known(taken);
        if (taken.Count == 0 || taken.Exists(delivery => delivery.IsWornOut))
        {
            // Purged by hand, or to be renewed: readers that find something need not wait.
            await ReplaceAsync(taken, all, cancellationToken);
        }
        else
        {
            taken.ForEach(delivery => delivery.Settle(Settlement.Requeue));
        }

        return all;
    }

    /// <summary>Remembers some more.</summary>
    /// <param name="cancellations">Them. One of a task that is there already takes its place.</param>
    /// <param name="cancellationToken">Stops waiting; they may be remembered all the same.</param>
    /// <returns>A task that completes when the broker has confirmed them.</returns>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    public async Task AddAsync(IReadOnlyCollection<TaskCancellation> cancellations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cancellations);
        List<Delivery> taken = [];
        if (await broker.InspectQueueAsync(_queue.Name, cancellationToken) is null)
        {
            await broker.DeclareQueueAsync(_queue, cancellationToken);
        }
        else
        {
            taken = await TakeAllAsync(cancellationToken);
        }

        var all = Known(taken).Concat(cancellations).GroupBy(known => known.Id, StringComparer.Ordinal).Select(same => same.Last()).ToList();
        if (all.Count > Most)
        {
            taken.ForEach(delivery => delivery.Settle(Settlement.Requeue));
            throw new InvalidOperationException($"{_queue.Name} would have {all.Count:N0} cancellations, {Most:N0} are allowed; the next is forgotten at {all.Min(known => known.Until):u}.");
        }

        await ReplaceAsync(taken, all, cancellationToken);
    }

    private async Task<List<Delivery>> TakeAllAsync(CancellationToken cancellationToken)
    {
        List<Delivery> taken = [];
        var started = time.GetTimestamp();
        while (true)
        {
            while (await broker.GetAsync(_queue.Name, cancellationToken) is { } delivery)
            {
                taken.Add(delivery);
            }

            if (taken.Count > 0 || time.GetElapsedTime(started) >= Patience)
            {
                return taken;
            }

            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }

    private async Task ReplaceAsync(List<Delivery> taken, IReadOnlyList<TaskCancellation> all, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage(
            _queue.Name, new MessageProperties { ContentType = "application/json" }, JsonSerializer.SerializeToUtf8Bytes(all, Json));
        while (!await broker.PublishUntilConfirmedAsync(message, RefusedDelay, time, cancellationToken))
        {
            await broker.DeclareQueueAsync(_queue, cancellationToken);
        }

        taken.ForEach(delivery => delivery.Settle(Settlement.Ack));
    }

    private List<TaskCancellation> Known(IEnumerable<Delivery> taken)
    {
        var now = time.GetUtcNow();
        return [.. taken.SelectMany(Read).Where(known => known is { Id.Length: > 0, By: not null } && known.Until > now).DistinctBy(known => known.Id, StringComparer.Ordinal)];
    }

    private static TaskCancellation[] Read(Delivery delivery)
    {
        try
        {
            return JsonSerializer.Deserialize<TaskCancellation[]>(delivery.Body.Span, Json) ?? [];
        }
        catch (JsonException)
        {
            // Not ours; whoever put it there knows why.
            return [];
        }
    }
}
