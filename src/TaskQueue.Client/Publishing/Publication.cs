using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Publishing;

/// <summary>A message on its way to the broker, until it is confirmed.</summary>
/// <remarks>The first sending stands alone, so that a caller with many messages keeps their order and has their confirms in flight together.</remarks>
internal sealed class Publication(IBroker broker, OutgoingMessage message, TimeProvider time, ILogger logger)
{
    // A connection that ends again and again under one message is most likely ended by that message.
    private const int MaxLosses = 5;

    // The wait after the broker refused a message, for example because its queue is full.
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(1);

    private Answer _answer = new();

    public string MessageId => message.Properties.MessageId!;

    /// <summary>Sends the message. Waits for a connection, and for room in it.</summary>
    public ValueTask SendAsync(CancellationToken cancellationToken) => broker.SendAsync(message, _answer, cancellationToken);

    /// <summary>Waits for the confirm, and sends the message again, under the same message id, as often as needed.</summary>
    /// <exception cref="EnqueueFailedException">There is no such queue, or the message ends every connection.</exception>
    public async Task UntilConfirmedAsync(CancellationToken cancellationToken)
    {
        var losses = 0;
        while (true)
        {
            switch (await _answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                case PublishOutcome.Confirmed:
                    return;
                case PublishOutcome.Returned:
                    throw new EnqueueFailedException(
                        $"Task {MessageId} came back: there is no queue \"{message.RoutingKey}\" on the broker. " +
                        "Start a dispatcher with the same vhost and queue_prefix, or connect with DeclareQueue.")
                    {
                        MessageIds = [MessageId],
                    };
                case PublishOutcome.Refused:
                    logger.Refused(MessageId, message.RoutingKey, RefusedDelay.TotalSeconds);
                    await Task.Delay(RefusedDelay, time, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    losses++;
                    if (losses >= MaxLosses)
                    {
                        throw new EnqueueFailedException(
                            $"Task {MessageId}: the connection ended {losses} times before the broker confirmed it. " +
                            $"Its body has {message.Body.Length} bytes; the broker's log tells whether that is more than its max_message_size.")
                        {
                            MessageIds = [MessageId],
                        };
                    }

                    logger.SentAgain(MessageId);
                    break;
            }

            _answer = new Answer();
            await SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Answer() : TaskCompletionSource<PublishOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody) => SetResult(outcome);
    }
}
