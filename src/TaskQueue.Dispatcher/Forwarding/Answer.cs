using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>The failure result of a message that was set aside. Its delivery is acknowledged once the broker has that too, or nobody takes it.</summary>
/// <param name="forwarder">Who sends it.</param>
/// <param name="forward">What was set aside.</param>
/// <param name="message">The result.</param>
/// <param name="queue">How its queue is declared where it is missing; <see langword="null"/> where somebody waits in a queue of his own.</param>
internal sealed class Answer(Forwarder forwarder, Forward forward, OutgoingMessage message, QueueDefinition? queue) : IPublishListener
{
    /// <summary>What was set aside.</summary>
    public Forward Forward { get; } = forward;

    public OutgoingMessage Message { get; } = message;

    /// <summary>The queue to declare first; <see langword="null"/> for none.</summary>
    public QueueDefinition? Missing { get; private set; }

    public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
    {
        switch (outcome)
        {
            case PublishOutcome.Confirmed:
                Forward.Acknowledge();
                break;
            case PublishOutcome.Lost:
                Forward.GiveBack();
                break;
            case PublishOutcome.Returned when Missing is null && queue is not null:
                Missing = queue;
                forwarder.SendLater(this);
                break;
            default:
                forwarder.GiveUp(this);
                break;
        }
    }
}
