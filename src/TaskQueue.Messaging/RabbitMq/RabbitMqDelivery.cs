using System.Buffers;
using System.Diagnostics;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A delivery, and its place in the list of what its channel has unsettled.</summary>
internal sealed class RabbitMqDelivery(
    SettlingChannel channel,
    RabbitMqConsumer? consumer,
    ulong deliveryTag,
    bool redelivered,
    MessageProperties properties,
    ReadOnlyMemory<byte> body) : Delivery
{
    private ReadOnlyMemory<byte> _body = body;
    private byte[]? _rented;
    private int _settled;
    private long _lostFrom = long.MaxValue;

    public override string Queue => channel.Queue;

    public override ulong DeliveryTag => deliveryTag;

    public override bool Redelivered => redelivered;

    public override MessageProperties Properties => properties;

    public override ReadOnlyMemory<byte> Body => _body;

    public override bool IsSettled => Volatile.Read(ref _settled) == 1;

    public override bool IsLost => channel.HasEnded || IsTakenBack;

    /// <summary>Who took it, or <see langword="null"/> for a message that was fetched singly.</summary>
    public RabbitMqConsumer? Consumer => consumer;

    /// <summary>Whether the broker has taken it back, though its channel may go on.</summary>
    public bool IsTakenBack => Stopwatch.GetTimestamp() >= Volatile.Read(ref _lostFrom);

    /// <summary>When it came.</summary>
    public long Arrived { get; init; } = Stopwatch.GetTimestamp();

    // These belong to UnsettledDeliveries.
    internal DeliveryState State { get; set; }

    /// <summary>Whether it counts among what its consumer holds.</summary>
    internal bool IsHeld { get; set; }

    internal RabbitMqDelivery? Previous { get; set; }

    internal RabbitMqDelivery? Next { get; set; }

    public override void Settle(Settlement settlement)
    {
        if (Interlocked.Exchange(ref _settled, 1) == 1)
        {
            throw new InvalidOperationException($"Delivery {DeliveryTag} of queue \"{Queue}\" is settled already.");
        }

        channel.Settle(this, settlement);
    }

    /// <summary>The broker takes it back at that time, though its channel goes on.</summary>
    public void LoseAt(long timestamp) => Volatile.Write(ref _lostFrom, timestamp);

    /// <summary>Copies a body into a buffer that goes back to the pool with <see cref="ReleaseBody"/>.</summary>
    public void RentBody(ReadOnlyMemory<byte> body)
    {
        _rented = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(_rented);
        _body = _rented.AsMemory(0, body.Length);
    }

    /// <summary>Ends the body's life.</summary>
    public void ReleaseBody()
    {
        if (_rented is { } rented)
        {
            _body = default;
            _rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

/// <summary>Where a delivery stands on its channel.</summary>
internal enum DeliveryState
{
    /// <summary>It is in nobody's list: not taken yet, or the broker has been told.</summary>
    Unlisted,

    /// <summary>Unsettled.</summary>
    Unsettled,

    /// <summary>To be acknowledged with the next batch.</summary>
    Acked,

    /// <summary>To be given back with the next batch.</summary>
    Requeued,
}
