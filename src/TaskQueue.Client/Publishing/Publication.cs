using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Publishing;

/// <summary>A message on its way to the broker, until it is confirmed.</summary>
/// <remarks>The first sending stands alone, so that a caller with many messages keeps their order and has their confirms in flight together.</remarks>
/// <param name="broker">The broker.</param>
/// <param name="message">The message.</param>
/// <param name="declares">The queue of the message, if it may be declared when it does not exist.</param>
/// <param name="measurement">Hears how it went.</param>
/// <param name="options">For how long to try.</param>
/// <param name="logger">Where to log.</param>
internal sealed class Publication(
    IBroker broker, OutgoingMessage message, QueueDefinition? declares, Measurement? measurement, TaskQueueClientOptions options, ILogger logger)
{
    // A connection that ends again and again under one message is most likely ended by that message.
    private const int MaxLosses = 5;

    // The wait after the broker refused a message, for example because its queue is full.
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(1);

    private Answer _answer = new();

    public string MessageId => message.Properties.MessageId!;

    /// <summary>Sends the message. Waits for a connection, and for room in it.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        try
        {
            await broker.SendAsync(message, _answer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            measurement?.End(e);
            throw;
        }
    }

    /// <summary>Waits for the confirm, and sends the message again, under the same message id, as often as needed.</summary>
    /// <exception cref="EnqueueFailedException">There is no such queue, or the broker will not take the message.</exception>
    public async Task UntilConfirmedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SendUntilConfirmedAsync(cancellationToken).ConfigureAwait(false);
            measurement?.End(failure: null);
        }
        catch (Exception e)
        {
            measurement?.End(e);
            throw;
        }
    }

    private async Task SendUntilConfirmedAsync(CancellationToken cancellationToken)
    {
        var losses = 0;
        long? refusedSince = null;
        var declarable = declares;
        while (true)
        {
            var answer = await _answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            switch (answer.Outcome)
            {
                case PublishOutcome.Confirmed:
                    return;
                case PublishOutcome.Returned when declarable is not null:
                    await broker.DeclareQueueAsync(declarable, cancellationToken).ConfigureAwait(false);
                    declarable = null;
                    break;
                case PublishOutcome.Returned:
                    throw Failed(
                        $"came back: there is no queue \"{message.RoutingKey}\" on the broker. " +
                        "Start a dispatcher with the same vhost and queue_prefix, or connect with DeclareQueue.");
                case PublishOutcome.RefusedForGood:
                    throw Failed($"cannot be published to \"{message.RoutingKey}\": {answer.Refusal!.Reason}", answer.Refusal.Kind);
                case PublishOutcome.Refused:
                    refusedSince ??= Time.GetTimestamp();
                    if (!MayTryAgain(refusedSince.Value))
                    {
                        throw Failed(
                            $"was refused by the broker for {options.RefusalTimeout.TotalSeconds} s: queue \"{message.RoutingKey}\" is full.");
                    }

                    logger.Refused(MessageId, message.RoutingKey, RefusedDelay.TotalSeconds);
                    await Task.Delay(RefusedDelay, Time, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    losses++;
                    if (losses >= MaxLosses)
                    {
                        throw Failed(
                            $"({message.Body.Length} bytes) was under way each of {losses} times that the connection ended. The broker's log tells why it ends connections.");
                    }

                    logger.SentAgain(MessageId);
                    break;
            }

            _answer = new Answer();
            await SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeProvider Time => options.TimeProvider;

    private bool MayTryAgain(long refusedSince) =>
        options.RefusalTimeout == Timeout.InfiniteTimeSpan || Time.GetElapsedTime(refusedSince) < options.RefusalTimeout;

    private EnqueueFailedException Failed(string what, RefusalKind? refusal = null) => new($"Task {MessageId} {what}") { MessageIds = [MessageId], Refusal = refusal };

    private sealed class Answer() : TaskCompletionSource<PublishAnswer>(TaskCreationOptions.RunContinuationsAsynchronously), IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody) => SetResult(new PublishAnswer(outcome));

        public void OnRefusedForGood(PublishRefusal refusal) => SetResult(new PublishAnswer(PublishOutcome.RefusedForGood, refusal));
    }
}
