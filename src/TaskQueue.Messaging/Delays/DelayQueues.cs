namespace TaskQueue.Messaging.Delays;

/// <summary>Delays messages, by sending them to <c>taskqueue.delay.due</c> instead of where they are for. See docs/delays.md.</summary>
/// <remarks>From there the dispatchers take them through the queues that hold them.</remarks>
/// <param name="queues">Names the queues.</param>
/// <param name="type">The type of those that have to be declared.</param>
/// <param name="time">The clock; that of the dispatchers should show the same time.</param>
public sealed class DelayQueues(QueueNames queues, QueueType type, TimeProvider time)
{
    /// <summary>The longest delay: a year, be it a leap year.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>The queue that delayed messages are sent to. Dispatchers declare it; so may whoever finds it missing.</summary>
    public QueueDefinition Entrance => new(queues.DelayDue, type);

    /// <summary>Every queue that delayed messages may be in, the entrance first. Those that hold them exist once they have been needed.</summary>
    public IEnumerable<QueueDefinition> All => DelayLevels.All.Select(Level).Prepend(Entrance);

    internal QueueNames Names => queues;

    /// <summary>Makes a message arrive later.</summary>
    /// <param name="message">The message, with the queue it is for.</param>
    /// <param name="delay">For how long; up to <see cref="Longest"/>.</param>
    /// <param name="giveUpAfter">How long it is worth anything: then it is dropped, if its queue does not take it. By default it is kept for ever.</param>
    /// <returns>The message to send instead; without a delay, or with a negative one, the same.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The delay is longer than <see cref="Longest"/>.</exception>
    /// <exception cref="ArgumentException">The message's expiration is none; no broker would take it when it is due.</exception>
    public OutgoingMessage Delay(OutgoingMessage message, TimeSpan delay, TimeSpan? giveUpAfter = null)
    {
        if (delay > Longest)
        {
            throw new ArgumentOutOfRangeException(nameof(delay), delay, $"A delay of {delay.TotalDays:0.#} days: expected at most {Longest.TotalDays} days.");
        }

        if (delay <= TimeSpan.Zero)
        {
            return message;
        }

        if (!DelayedMessage.IsExpiration(message.Properties.Expiration))
        {
            throw new ArgumentException(
                $"Expiration \"{message.Properties.Expiration}\": expected milliseconds from 0 to {uint.MaxValue}, in digits.", nameof(message));
        }

        // Rounded up: rather a moment late than early.
        var now = time.GetUtcNow();
        var due = (now + delay).AddTicks(TimeSpan.TicksPerMillisecond - 1).ToUnixTimeMilliseconds();
        var delayed = new DelayedMessage(due, message.RoutingKey, message.Properties)
        {
            GiveUpMilliseconds = giveUpAfter is { } worth ? (now + worth).ToUnixTimeMilliseconds() : null,
        };
        return message with { RoutingKey = queues.DelayDue, Properties = delayed.ToProperties() };
    }

    /// <summary>Makes a message arrive at a certain time.</summary>
    /// <param name="message">The message, with the queue it is for.</param>
    /// <param name="due">When; up to <see cref="Longest"/> from now.</param>
    /// <returns>The message to send instead; when that time is past, the same.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is longer than <see cref="Longest"/> until then.</exception>
    /// <exception cref="ArgumentException">The message's expiration is none; no broker would take it when it is due.</exception>
    public OutgoingMessage DelayUntil(OutgoingMessage message, DateTimeOffset due) => Delay(message, due - time.GetUtcNow());

    /// <summary>Has a message out of one of these queues go on elsewhere, such as at another broker: from the entrance there, due when it was.</summary>
    /// <param name="properties">Its properties, as it was delivered.</param>
    /// <param name="body">Its body.</param>
    /// <returns>The message to send. One that cannot be read goes as it is; whoever takes it there says what is wrong.</returns>
    public OutgoingMessage GoOn(MessageProperties properties, ReadOnlyMemory<byte> body)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var delayed = properties.Unreadable is null ? DelayedMessage.Read(properties, queues.TaskQueue, out _) : null;
        return new OutgoingMessage(queues.DelayDue, delayed?.ToProperties() ?? properties.WithoutDeliveryCounts(), body);
    }

    /// <summary>The queue of a level.</summary>
    internal QueueDefinition Level(TimeSpan level) => DelayLevels.Definition(queues, type, level);

    /// <summary>A queue that holds nothing back.</summary>
    internal QueueDefinition Queue(string name) => new(name, type);
}
