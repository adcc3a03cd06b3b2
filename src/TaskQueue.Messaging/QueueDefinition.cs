namespace TaskQueue.Messaging;

/// <summary>A durable queue.</summary>
/// <param name="Name">Its complete name.</param>
/// <param name="Type">How the broker keeps it.</param>
public sealed record QueueDefinition(string Name, QueueType Type = QueueType.Quorum)
{
    /// <summary>The broker deletes the queue when nobody has used it for so long (<c>x-expires</c>).</summary>
    public TimeSpan? DeleteUnusedAfter { get; init; }
}

/// <summary>How the broker keeps a queue (<c>x-queue-type</c>).</summary>
public enum QueueType
{
    /// <summary>Replicated by Raft, written to disk before it is confirmed. <see href="https://www.rabbitmq.com/docs/quorum-queues"/>.</summary>
    Quorum,

    /// <summary>On one node. <see href="https://www.rabbitmq.com/docs/classic-queues"/>.</summary>
    Classic,
}
