namespace TaskQueue.Messaging.Tests;

/// <summary>A delivery of no broker.</summary>
internal sealed class ReceivedMessage(string queue, MessageProperties properties, ReadOnlyMemory<byte> body) : Delivery
{
    public override string Queue => queue;

    public override ulong DeliveryTag => 1;

    public override bool Redelivered => false;

    public override MessageProperties Properties => properties;

    public override ReadOnlyMemory<byte> Body => body;

    public override bool IsLost => false;

    public override bool IsSettled => false;

    public override void Settle(Settlement settlement)
    {
        // There is nobody to hear of it.
    }
}
