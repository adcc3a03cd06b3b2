namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A delivery that a browser took, with a body of its own.</summary>
internal sealed class BrowsedDelivery(
    BrowsingChannel browser, string queue, ulong deliveryTag, bool redelivered, MessageProperties properties, byte[] body) : Delivery
{
    private int _settled;

    public override string Queue => queue;

    public override ulong DeliveryTag => deliveryTag;

    public override bool Redelivered => redelivered;

    public override bool IsSettled => Volatile.Read(ref _settled) == 1;

    public override bool IsLost => !browser.Channel.IsOpen;

    public override MessageProperties Properties => properties;

    public override ReadOnlyMemory<byte> Body => body;

    public override void Settle(Settlement settlement)
    {
        if (Interlocked.Exchange(ref _settled, 1) == 1)
        {
            throw new InvalidOperationException($"Delivery {DeliveryTag} of queue \"{Queue}\" is settled already.");
        }

        if (settlement == Settlement.Ack)
        {
            browser.Acknowledge(deliveryTag);
        }
    }
}
