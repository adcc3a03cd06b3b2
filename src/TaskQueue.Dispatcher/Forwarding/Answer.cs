using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>The failure result of a message that was set aside. Its delivery is acknowledged once the broker has that too, or nobody takes it.</summary>
/// <param name="forwarder">Who sends it.</param>
/// <param name="forward">What was set aside.</param>
/// <param name="message">The result.</param>
/// <param name="isAwaited">Whether somebody waits for it in a queue of his own; any other queue is declared where it is missing.</param>
internal sealed class Answer(Forwarder forwarder, Forward forward, OutgoingMessage message, bool isAwaited) : IPublishListener
{
    /// <summary>What was set aside.</summary>
    public Forward Forward { get; } = forward;

    public OutgoingMessage Message { get; } = message;

    /// <summary>Whether its queue is to be declared first.</summary>
    public bool MustDeclare { get; private set; }

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
            case PublishOutcome.Returned when !isAwaited && !MustDeclare:
                MustDeclare = true;
                forwarder.SendLater(this);
                break;
            default:
                forwarder.GiveUp(this);
                break;
        }
    }
}
