using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>One message on its way from the delivery to the queue it goes to; it settles the delivery by what becomes of it.</summary>
/// <remarks>Life cycle: sent to the queue of its worker type; where there is none, sent to <c>taskqueue.unroutable</c>;
/// acknowledged once either is confirmed.</remarks>
internal sealed class Forward(Forwarder forwarder, Delivery delivery, string queue, MessageProperties properties) : IPublishListener
{
    /// <summary>The queue it was sent to.</summary>
    public string Queue { get; } = queue;

    /// <summary>What it was sent with.</summary>
    public MessageProperties Properties { get; } = properties;

    public Delivery Delivery { get; } = delivery;

    public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
    {
        switch (outcome)
        {
            case PublishOutcome.Confirmed:
                Delivery.Settle(Settlement.Ack);
                forwarder.Finished();
                break;
            case PublishOutcome.Returned:
                forwarder.SetAside(this, returnedBody);
                break;
            case PublishOutcome.Refused:
                forwarder.GiveBackLater(this);
                break;
            default:
                // Lost: whether the broker has it is unknown, so somebody must try again.
                Delivery.Settle(Settlement.Requeue);
                forwarder.Finished();
                break;
        }
    }
}
