namespace TaskQueue.Messaging;

/// <summary>A durable queue.</summary>
/// <param name="Name">Its complete name.</param>
/// <param name="Type">How the broker keeps it.</param>
public sealed record QueueDefinition(string Name, QueueType Type = QueueType.Quorum)
{
    /// <summary>The broker deletes the queue when nobody has used it for so long (<c>x-expires</c>).</summary>
    public TimeSpan? DeleteUnusedAfter { get; init; }

    /// <summary>How long messages stay (<c>x-message-ttl</c>), each counted from when it came.</summary>
    public TimeSpan? MessageTtl { get; init; }

    /// <summary>The complete name of a durable fan-out exchange, a copy of each of whose messages goes into this queue. It is declared with
    /// the queue; nobody deletes it.</summary>
    public string? BoundTo { get; init; }

    /// <summary>The queue that messages move to when their stay is over (<c>x-dead-letter-routing-key</c>, on the default exchange).
    /// Without it the broker drops them.</summary>
    /// <remarks>Out of a quorum queue none is lost on the way, though one may arrive twice: it leaves after the other queue has confirmed it
    /// (<c>x-dead-letter-strategy = at-least-once</c>). A classic queue does not wait for that. See docs/delays.md.</remarks>
    public string? DeadLetterQueue { get; init; }
}

/// <summary>How the broker keeps a queue (<c>x-queue-type</c>).</summary>
public enum QueueType
{
    /// <summary>Replicated by Raft, written to disk before it is confirmed. <see href="https://www.rabbitmq.com/docs/quorum-queues"/>.</summary>
    Quorum,

    /// <summary>On one node. <see href="https://www.rabbitmq.com/docs/classic-queues"/>.</summary>
    Classic,
}
