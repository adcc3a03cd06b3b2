using System.Diagnostics;
using TaskQueue.Dispatcher.Tracing;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Tracing;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>One message on its way from the delivery to the queue it goes to; it settles the delivery by what becomes of it.</summary>
/// <remarks>Life cycle: sent to the queue of its worker type; where there is none, sent to <c>taskqueue.unroutable</c>;
/// acknowledged once either is confirmed, and so is the answer to who waits for its result, where it was rejected.</remarks>
/// <param name="forwarder">Whose it is.</param>
/// <param name="delivery">Where it comes from.</param>
/// <param name="from">The counts of the queue it comes from.</param>
/// <param name="to">The counts of the queue it is sent to.</param>
/// <param name="properties">What it is sent with.</param>
internal sealed class Forward(Forwarder forwarder, Delivery delivery, QueueLedger from, QueueLedger to, MessageProperties properties) : IPublishListener
{
    /// <summary>The counts of the queue it came from.</summary>
    public QueueLedger From { get; } = from;

    /// <summary>The counts of the queue it was sent to.</summary>
    public QueueLedger To { get; } = to;

    /// <summary>What it was sent with.</summary>
    public MessageProperties Properties { get; } = properties;

    public Delivery Delivery { get; } = delivery;

    /// <summary>Its part of a trace, where there is one.</summary>
    public Activity? Span { get; init; }

    /// <summary>The failure result to send once this is confirmed, where there is one.</summary>
    public Answer? Answer { get; set; }

    public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
    {
        To.Arrived(outcome);
        DispatchSpan.End(Span, outcome);
        if (outcome == PublishOutcome.Confirmed)
        {
            forwarder.Events.Arrived(this);
        }

        switch (outcome)
        {
            case PublishOutcome.Confirmed when Answer is not null:
                forwarder.SendLater(Answer);
                break;
            case PublishOutcome.Confirmed:
                Acknowledge();
                break;
            case PublishOutcome.Returned:
                forwarder.SetAside(this, returnedBody);
                break;
            case PublishOutcome.Refused:
                forwarder.GiveBackLater(this);
                break;
            default:
                // Lost: whether the broker has it is unknown, so somebody must try again.
                GiveBack();
                break;
        }
    }

    public void OnRefusedForGood(PublishRefusal refusal)
    {
        To.Arrived(PublishOutcome.RefusedForGood);
        DispatchSpan.End(Span, PublishOutcome.RefusedForGood);
        forwarder.GiveBackLater(this, refusal);
    }

    /// <summary>Acknowledges the delivery.</summary>
    public void Acknowledge()
    {
        From.Acknowledge(Delivery, Fate.Forwarded);
        forwarder.Finished();
    }

    /// <summary>Returns the delivery to its queue.</summary>
    public void GiveBack()
    {
        MessageSpan.End(Span, DispatchSpan.NotSent);
        From.Requeue(Delivery);
        forwarder.Finished();
    }
}
