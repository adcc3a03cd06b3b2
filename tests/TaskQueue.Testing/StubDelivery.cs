using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A delivery of no broker, that remembers how it was settled.</summary>
/// <param name="queue">The queue it says it comes from.</param>
/// <param name="properties">The message's properties.</param>
/// <param name="redelivered">Whether it was delivered before.</param>
/// <param name="body">The message's body.</param>
public sealed class StubDelivery(
    string queue, MessageProperties properties, bool redelivered = false, ReadOnlyMemory<byte> body = default) : Delivery
{
    /// <inheritdoc/>
    public override string Queue => queue;

    /// <inheritdoc/>
    public override ulong DeliveryTag => 1;

    /// <inheritdoc/>
    public override bool Redelivered => redelivered;

    /// <inheritdoc/>
    public override bool IsLost => Lost;

    /// <inheritdoc/>
    public override MessageProperties Properties => properties;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Body => body;

    /// <summary>What <see cref="IsLost"/> says.</summary>
    public bool Lost { get; set; }

    /// <summary>How it was settled, and how often.</summary>
    public List<Settlement> Settlements { get; } = [];

    /// <inheritdoc/>
    public override bool IsSettled => Settlements.Count > 0;

    /// <inheritdoc/>
    public override void Settle(Settlement settlement) => Settlements.Add(settlement);
}
