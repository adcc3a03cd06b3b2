using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>A delivery that remembers how it was settled.</summary>
internal sealed class Arrived(MessageProperties properties, bool redelivered = false, ReadOnlyMemory<byte> body = default) : Delivery
{
    public override string Queue => "worker_echo";

    public override ulong DeliveryTag => 1;

    public override bool Redelivered => redelivered;

    public override MessageProperties Properties => properties;

    public override ReadOnlyMemory<byte> Body => body;

    public override bool IsLost => Lost;

    public bool Lost { get; set; }

    public List<Settlement> Settlements { get; } = [];

    public override void Settle(Settlement settlement) => Settlements.Add(settlement);
}
