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
    public static Task<bool> PublishUntilConfirmedAsync(
        this IBroker broker, OutgoingMessage message, TimeSpan retryDelay, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        UntilConfirmedAsync(() => broker.PublishAsync(message, cancellationToken), retryDelay, timeProvider, cancellationToken);

    /// <summary>Publishes again and again until the broker has the message, or says that there is no such queue.</summary>
    /// <param name="publish">Publishes it once.</param>
    /// <param name="retryDelay">How long to wait after the broker refused it.</param>
    /// <param name="timeProvider">The clock of that wait.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns><see langword="true"/> when confirmed, <see langword="false"/> when returned.</returns>
    public static async Task<bool> UntilConfirmedAsync(
        Func<Task<PublishOutcome>> publish, TimeSpan retryDelay, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(publish);
        while (true)
        {
            switch (await publish())
            {
                case PublishOutcome.Confirmed:
                    return true;
                case PublishOutcome.Returned:
                    return false;
                case PublishOutcome.Refused:
                    await Task.Delay(retryDelay, timeProvider, cancellationToken);
                    break;
                default:
                    // Lost with its connection: SendAsync waits for the next one.
                    break;
            }
        }
    }

    private sealed class Awaiter : TaskCompletionSource<PublishOutcome>, IPublishListener
    {
        public Awaiter()
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
        }

        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody) => SetResult(outcome);
    }
}
