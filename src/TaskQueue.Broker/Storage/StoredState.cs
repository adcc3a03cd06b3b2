using System.Runtime.InteropServices;

namespace TaskQueue.Broker.Storage;

/// <summary>What an earlier broker left.</summary>
/// <param name="Topology">Everything that is to be declared again, in an order in which it can be.</param>
/// <param name="Messages">All messages by id, which is their order in each queue; read lazily, once.</param>
internal sealed record StoredState(IReadOnlyList<TopologyChange> Topology, IEnumerable<StoredEntry> Messages)
{
    /// <summary>The highest number of a queue that is still in use, if only by what is left of a deleted queue; 0 when none is.</summary>
    public int LastQueue { get; init; }

    /// <summary>The highest id of a message that is still in use; 0 when none is.</summary>
    public long LastId { get; init; }
}

/// <summary>A message without its content.</summary>
/// <param name="Id">Grows with each message that comes to any queue, and is never used again.</param>
/// <param name="Queue">The stored queue's number.</param>
/// <param name="Bytes">Size of the body.</param>
/// <param name="Priority">From 0.</param>
/// <param name="ExpiresAt">Milliseconds since 1970 in UTC, or null.</param>
/// <param name="DeliveryCount">How often it came back.</param>
/// <param name="Redelivered">Whether it was delivered before.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoredEntry(long Id, int Queue, int Bytes, byte Priority, long? ExpiresAt, int DeliveryCount, bool Redelivered);

/// <summary>A message as it is written; a message that is in three queues is written three times, each with an id of its own.</summary>
/// <param name="Entry">Its place and its state.</param>
/// <param name="Content">What is delivered.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoredMessage(StoredEntry Entry, StoredContent Content);

/// <summary>What is delivered of a message.</summary>
/// <param name="Exchange">The exchange that it was published to.</param>
/// <param name="RoutingKey">The key that it was published with.</param>
/// <param name="Properties">The properties as they stand in a content header behind the body's size.</param>
/// <param name="Body">The body.</param>
internal sealed record StoredContent(string Exchange, string RoutingKey, ReadOnlyMemory<byte> Properties, ReadOnlyMemory<byte> Body);
