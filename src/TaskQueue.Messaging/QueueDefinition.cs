namespace TaskQueue.Messaging;

/// <summary>A durable queue.</summary>
/// <param name="Name">Its complete name.</param>
/// <param name="Type">How the broker keeps it.</param>
public sealed record QueueDefinition(string Name, QueueType Type = QueueType.Quorum)
{
    // As long as a worker's timeout may be.
    private static readonly TimeSpan LongestTask = TimeSpan.FromDays(30);

    /// <summary>The broker deletes the queue when nobody has used it for so long (<c>x-expires</c>).</summary>
    public TimeSpan? DeleteUnusedAfter { get; init; }

    /// <summary>How long a delivery may stay unsettled before the broker takes it back (<c>x-consumer-timeout</c>).</summary>
    /// <value>Default: what the broker is configured to, 30 minutes unless changed. A policy of the broker can only shorten it.</value>
    /// <remarks>RabbitMQ 3.12 and later; others do not know it, and it is not declared there. A queue that exists without it stays as it is.
    /// See <see href="https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout"/>.</remarks>
    public TimeSpan? AckTimeout { get; init; }

    /// <summary>How long messages stay (<c>x-message-ttl</c>), each counted from when it came.</summary>
    public TimeSpan? MessageTtl { get; init; }

    /// <summary>How many messages may wait (<c>x-max-length</c>); a further one has the broker drop the oldest.</summary>
    public long? MaxLength { get; init; }

    /// <summary>How much the bodies of those that wait may have together (<c>x-max-length-bytes</c>); a further one has the broker drop the oldest.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>The complete name of a durable fan-out exchange, a copy of each of whose messages goes into this queue. It is declared with
    /// the queue; nobody deletes it.</summary>
    public string? BoundTo { get; init; }

    /// <summary>The complete name of a durable direct exchange that leads to this queue under the queue's name. It is declared with the queue where the
    /// broker lets us; nobody deletes it.</summary>
    public string? Door { get; init; }

    /// <summary>The queue that messages move to when their stay is over (<c>x-dead-letter-routing-key</c>, on the default exchange).
    /// Without it the broker drops them.</summary>
    /// <remarks>Out of a quorum queue none is lost on the way, though one may arrive twice: it leaves after the other queue has confirmed it
    /// (<c>x-dead-letter-strategy = at-least-once</c>). A classic queue does not wait for that. See docs/delays.md.</remarks>
    public string? DeadLetterQueue { get; init; }

    /// <summary>A queue that tasks are run from: its deliveries stay unsettled for as long as a task may run, where the broker lets them.</summary>
    /// <param name="name">Its complete name.</param>
    /// <param name="type">How the broker keeps it.</param>
    /// <returns>The definition.</returns>
    public static QueueDefinition OfTasks(string name, QueueType type) => new(name, type) { AckTimeout = LongestTask };
}

/// <summary>How the broker keeps a queue (<c>x-queue-type</c>).</summary>
public enum QueueType
{
    /// <summary>Replicated by Raft, written to disk before it is confirmed. <see href="https://www.rabbitmq.com/docs/quorum-queues"/>.</summary>
    Quorum,

    /// <summary>On one node. <see href="https://www.rabbitmq.com/docs/classic-queues"/>.</summary>
    Classic,
}
