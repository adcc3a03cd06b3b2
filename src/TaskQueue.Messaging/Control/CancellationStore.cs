using System.Text.Json;

namespace TaskQueue.Messaging.Control;

/// <summary>Remembers cancellations in the queue <see cref="QueueNames.Cancelled"/>, where they outlive every service and a restart of the broker.</summary>
/// <remarks>
/// <para>All of them are one message. AMQP lets one reader at a time look at a message, so with a message for each a service that
/// starts while another one looks would see a part and take it for all. Of one message it sees all or nothing, and nothing
/// means: wait until whoever has it has put it back. For the same reason the queue does not exist before the first cancellation.</para>
/// <para>Whoever changes it publishes the new message before the old one goes. A crash in between leaves two, and what counts is
/// both together.</para>
/// <para>Only messages of users who may steer count (<see cref="ControlUsers"/>). Others stay where they are, since they may be of before it was like this;
/// a flood of them is thrown away.</para>
/// </remarks>
/// <param name="broker">The broker.</param>
/// <param name="queues">Names the queue.</param>
/// <param name="queueType">How it is kept.</param>
/// <param name="users">Who is believed.</param>
/// <param name="time">The clock.</param>
public sealed class CancellationStore(IBroker broker, QueueNames queues, QueueType queueType, Func<ControlUsers> users, TimeProvider time)
{
    /// <summary>How many cancellations there may be, here and in each pool.</summary>
    public const int Most = 10_000;

    /// <summary>How long somebody else may hold them.</summary>
    /// <value>They are put back within milliseconds, unless their reader hangs.</value>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50), RefusedDelay = TimeSpan.FromSeconds(1);

    // There is one, and for a moment two; of others no more are put back.
    private const int MostNotBelieved = 100;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly QueueDefinition _queue = new(queues.Cancelled, queueType);

    /// <summary>Where they are.</summary>
    public string Queue => _queue.Name;

    /// <summary>Reads all that are not forgotten yet.</summary>
    /// <param name="patience">How long to wait for somebody else who seems to hold them.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Them.</returns>
    public async Task<CancellationReading> ReadAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (await broker.InspectQueueAsync(_queue.Name, cancellationToken) is null)
        {
            return new CancellationReading([], IsComplete: true, NotBelieved: 0);
        }

        var taken = await TakeAllAsync(patience, cancellationToken);
        var all = Known(taken.Believed);
        if (taken.Believed.Exists(delivery => delivery.IsWornOut))
        {
            await ReplaceAsync(taken.Believed, all, cancellationToken);
        }
        else
        {
            taken.Believed.ForEach(delivery => delivery.Settle(Settlement.Requeue));
        }

        taken.Others.ForEach(delivery => delivery.Settle(Settlement.Requeue));
        return new CancellationReading(all, IsComplete: taken.Believed.Count > 0, taken.Others.Count);
    }

    /// <summary>Remembers some more.</summary>
    /// <param name="cancellations">Them. One of a task that is there already takes its place.</param>
    /// <param name="adopts">Whether those count from now on that were not believed.</param>
    /// <param name="cancellationToken">Stops waiting; they may be remembered all the same.</param>
    /// <returns>A task that completes when the broker has confirmed them, with the number of messages that are not believed or now are.</returns>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    public async Task<int> AddAsync(IReadOnlyCollection<TaskCancellation> cancellations, bool adopts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cancellations);
        (List<Delivery> Believed, List<Delivery> Others) taken = ([], []);
        if (await broker.InspectQueueAsync(_queue.Name, cancellationToken) is null)
        {
            await broker.DeclareQueueAsync(_queue, cancellationToken);
        }
        else
        {
            taken = await TakeAllAsync(Patience, cancellationToken);
        }

        List<Delivery> replaced = adopts ? [.. taken.Believed, .. taken.Others] : taken.Believed;
        var kept = adopts ? [] : taken.Others;
        var all = Known(replaced).Concat(cancellations).GroupBy(known => known.Id, StringComparer.Ordinal).Select(same => same.Last()).ToList();
        if (all.Count > Most)
        {
            replaced.Concat(kept).ToList().ForEach(delivery => delivery.Settle(Settlement.Requeue));
            throw new InvalidOperationException($"{_queue.Name} would have {all.Count:N0} cancellations, {Most:N0} are allowed; the next is forgotten at {all.Min(known => known.Until):u}.");
        }

        await ReplaceAsync(replaced, all, cancellationToken);
        kept.ForEach(delivery => delivery.Settle(Settlement.Requeue));
        return taken.Others.Count;
    }

    /// <summary>Forgets some.</summary>
    /// <param name="ids">The message ids of their tasks.</param>
    /// <param name="cancellationToken">Stops waiting; they may be forgotten all the same.</param>
    /// <returns>A task that completes when the broker has confirmed what is left, with those that were there.</returns>
    public async Task<IReadOnlyList<TaskCancellation>> RemoveAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (await broker.InspectQueueAsync(_queue.Name, cancellationToken) is null)
        {
            return [];
        }

        var (believed, others) = await TakeAllAsync(Patience, cancellationToken);
        var all = Known(believed);
        List<TaskCancellation> removed = [.. all.Where(known => ids.Contains(known.Id))];
        if (removed.Count == 0)
        {
            believed.ForEach(delivery => delivery.Settle(Settlement.Requeue));
        }
        else
        {
            // A message without any, rather than none: that would mean that somebody holds it.
            await ReplaceAsync(believed, [.. all.Except(removed)], cancellationToken);
        }

        others.ForEach(delivery => delivery.Settle(Settlement.Requeue));
        return removed;
    }

    private async Task<(List<Delivery> Believed, List<Delivery> Others)> TakeAllAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        (List<Delivery> Believed, List<Delivery> Others) taken = ([], []);
        var started = time.GetTimestamp();
        while (true)
        {
            while (await broker.GetAsync(_queue.Name, cancellationToken) is { } delivery)
            {
                if (users().Believe(delivery.Properties))
                {
                    taken.Believed.Add(delivery);
                }
                else if (taken.Others.Count < MostNotBelieved)
                {
                    taken.Others.Add(delivery);
                }
                else
                {
                    delivery.Settle(Settlement.Ack);
                }
            }

            if (taken.Believed.Count > 0 || time.GetElapsedTime(started) >= patience)
            {
                return taken;
            }

            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }

    private async Task ReplaceAsync(List<Delivery> taken, IReadOnlyList<TaskCancellation> all, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage(
            _queue.Name, new MessageProperties { ContentType = "application/json" }, JsonSerializer.SerializeToUtf8Bytes(all, Json))
        {
            NamesUser = true,
        };
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

/// <summary>What was read of cancellations.</summary>
/// <param name="Cancellations">Those that count.</param>
/// <param name="IsComplete">Whether these are all; <see langword="false"/> where somebody else seems to hold them.</param>
/// <param name="NotBelieved">How many messages there are that nobody believes.</param>
public sealed record CancellationReading(IReadOnlyList<TaskCancellation> Cancellations, bool IsComplete, int NotBelieved);
