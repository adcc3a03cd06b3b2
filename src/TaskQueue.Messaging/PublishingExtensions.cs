namespace TaskQueue.Messaging;

/// <summary>Publishing for callers that wait for the outcome.</summary>
public static class PublishingExtensions
{
    /// <summary>Publishes a message and waits for what becomes of it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops waiting; the message may have been published all the same.</param>
    /// <returns>What became of it.</returns>
    public static async Task<PublishOutcome> PublishAsync(
        this IBroker broker, OutgoingMessage message, CancellationToken cancellationToken) =>
        (await PublishForAnswerAsync(broker, message, cancellationToken)).Outcome;

    /// <summary>Publishes a message and waits for what becomes of it, with the reason when it can never be published.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops waiting; the message may have been published all the same.</param>
    /// <returns>What became of it.</returns>
    public static async Task<PublishAnswer> PublishForAnswerAsync(
        this IBroker broker, OutgoingMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(broker);
        var awaiter = new Awaiter();
        await broker.SendAsync(message, awaiter, cancellationToken);
        return await awaiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Publishes a message again and again until the broker has it, or says that there is no such queue.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="message">The message. Its body must stay unchanged until the task completes.</param>
    /// <param name="retryDelay">How long to wait after the broker refused it.</param>
    /// <param name="timeProvider">The clock of that wait.</param>
    /// <param name="cancellationToken">Stops trying; the message may have been published all the same.</param>
    /// <returns><see langword="true"/> when confirmed, <see langword="false"/> when returned. The broker may have got it more than once.</returns>
    /// <exception cref="MessageRefusedException">It can never be published.</exception>
    public static async Task<bool> PublishUntilConfirmedAsync(
        this IBroker broker, OutgoingMessage message, TimeSpan retryDelay, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await broker.PublishForAnswerAsync(message, cancellationToken))
            {
                case { Outcome: PublishOutcome.Confirmed }:
                    return true;
                case { Outcome: PublishOutcome.Returned }:
                    return false;
                case { Outcome: PublishOutcome.Refused }:
                    await Task.Delay(retryDelay, timeProvider, cancellationToken);
                    break;
                case { Refusal: { } refusal }:
                    throw new MessageRefusedException($"Message {message.Properties.MessageId} for \"{message.RoutingKey}\" cannot be published: {refusal.Reason}");
                default:
                    // Lost with its connection: SendAsync waits for the next one.
                    break;
            }
        }
    }

    private sealed class Awaiter : TaskCompletionSource<PublishAnswer>, IPublishListener
    {
        public Awaiter()
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
        }

        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody) => SetResult(new PublishAnswer(outcome));

        public void OnRefusedForGood(PublishRefusal refusal) => SetResult(new PublishAnswer(PublishOutcome.RefusedForGood, refusal));
    }
}
