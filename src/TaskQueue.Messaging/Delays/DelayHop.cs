namespace TaskQueue.Messaging.Delays;

/// <summary>One delayed message on its way to its next queue; it settles the delivery by what becomes of it.</summary>
/// <param name="forwarder">Goes on with it if it does not arrive.</param>
/// <param name="delivery">Where it came from.</param>
/// <param name="target">The queue it is sent to.</param>
/// <param name="properties">What it is sent with.</param>
/// <param name="released">What it was, when it is on its way to the queue it is for.</param>
internal sealed class DelayHop(
    DelayedForwarder forwarder, Delivery delivery, QueueDefinition target, MessageProperties properties, DelayedMessage? released) : IPublishListener
{
    public Delivery Delivery => delivery;

    public QueueDefinition Target => target;

    public DelayedMessage? Released => released;

    public OutgoingMessage Message => new(target.Name, properties, delivery.Body);

    public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
    {
        switch (outcome)
        {
            case PublishOutcome.Confirmed:
                forwarder.Settle(delivery, Settlement.Ack);
                break;
            case PublishOutcome.Returned or PublishOutcome.Refused:
                forwarder.Detour(this, outcome);
                break;
            default:
                // Lost: whether the broker has it is unknown, so somebody must try again.
                forwarder.Settle(delivery, Settlement.Requeue);
                break;
        }
    }
}
