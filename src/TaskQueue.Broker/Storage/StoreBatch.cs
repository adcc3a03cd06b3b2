using System.Runtime.InteropServices;

namespace TaskQueue.Broker.Storage;

/// <summary>Changes that become durable together, in this order within each list: topology first, then messages added, changed, removed.</summary>
internal sealed class StoreBatch
{
    /// <summary>Exchanges, queues and bindings that are declared or deleted, in order. Deleting a queue removes its bindings and messages.</summary>
    public List<TopologyChange> Topology { get; } = [];

    /// <summary>New messages.</summary>
    public List<StoredMessage> Added { get; } = [];

    /// <summary>Messages whose count of deliveries or time to live changed.</summary>
    public List<MessageChange> Changed { get; } = [];

    /// <summary>Ids of messages that are settled, expired, purged or dead-lettered.</summary>
    public List<long> Removed { get; } = [];

    /// <summary>Nothing to write.</summary>
    public bool IsEmpty => Topology.Count == 0 && Added.Count == 0 && Changed.Count == 0 && Removed.Count == 0;

    /// <summary>Takes in a batch that should have come before this one, without the messages that it adds.</summary>
    public void PutBefore(StoreBatch earlier)
    {
        Topology.InsertRange(0, earlier.Topology);
        Changed.InsertRange(0, earlier.Changed);
        Removed.InsertRange(0, earlier.Removed);
    }
}

/// <summary>What of a stored message changes.</summary>
/// <param name="Id">The message.</param>
/// <param name="DeliveryCount">How often it came back, as <c>x-delivery-count</c> says.</param>
/// <param name="Redelivered">Whether it was delivered before.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MessageChange(long Id, int DeliveryCount, bool Redelivered);
