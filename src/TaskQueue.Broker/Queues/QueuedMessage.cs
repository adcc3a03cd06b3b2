using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Queues;

/// <summary>A message in one queue; a million of them may wait, so each field counts.</summary>
internal sealed class QueuedMessage
{
    /// <summary>Grows with each message that comes to any queue: the order of arrival.</summary>
    public required long Id { get; init; }

    /// <summary>What is delivered, or <see langword="null"/> while it is in the store only.</summary>
    public StoredContent? Content { get; set; }

    /// <summary>Milliseconds since 1970, or <see cref="long.MaxValue"/>.</summary>
    public long ExpiresAt { get; init; } = long.MaxValue;

    /// <summary>Of the body.</summary>
    public required int Bytes { get; init; }

    /// <summary>How often it came back to its queue.</summary>
    public int DeliveryCount { get; set; }

    public required byte Priority { get; init; }

    public bool Redelivered { get; set; }

    /// <summary>Whether somebody has it in hand.</summary>
    public bool IsOut { get; set; }

    /// <summary>Whether its content counts as one that may leave the memory.</summary>
    public bool IsEvictable { get; set; }

    /// <summary>Where it stands on its way to the store.</summary>
    public Durability Durability { get; set; }
}

/// <summary>Where a message stands on its way to the store.</summary>
internal enum Durability : byte
{
    /// <summary>It stays in memory.</summary>
    Transient,

    /// <summary>It will be in the next batch.</summary>
    Collected,

    /// <summary>Its batch is being written.</summary>
    Committing,

    /// <summary>It is in the store.</summary>
    Stored,

    /// <summary>It was settled.</summary>
    Gone,
}
