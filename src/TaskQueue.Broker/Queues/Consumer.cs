using TaskQueue.Broker.Channels;

namespace TaskQueue.Broker.Queues;

/// <summary>A consumer of a queue.</summary>
internal sealed class Consumer
{
    public required string Tag { get; init; }

    public required Channel Channel { get; init; }

    public required BrokerQueue Queue { get; init; }

    public bool NoAck { get; init; }

    public bool IsExclusive { get; init; }

    /// <summary>Higher is served first.</summary>
    public long Priority { get; init; }

    /// <summary>How many may be unacknowledged; 0 is no limit.</summary>
    public int Prefetch { get; init; }

    public int Unacked { get; set; }

    /// <summary>Whether it stands among those that are served; one that cannot take more has left them.</summary>
    public bool IsInLine { get; set; }

    /// <summary>Whether it was cancelled; what it has may still be settled.</summary>
    public bool IsCancelled { get; set; }

    public bool CanTake => (NoAck || ((Prefetch == 0 || Unacked < Prefetch) && Channel.HasCredit)) && !Channel.Session.Outgoing.IsFull;
}
