using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;

namespace TaskQueue.Hosting.Unreadable;

/// <summary>Sets messages aside whose headers cannot be read, before anybody else sees them.</summary>
/// <param name="broker">The broker.</param>
/// <param name="target">The queue that they are set aside in: always the same, perhaps with other arguments after a reload.</param>
/// <param name="fate">What the books call that.</param>
/// <param name="ledger">The books.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class UnreadableMessages(
    IBroker broker, Func<QueueDefinition> target, Fate fate, ServiceLedger ledger, TimeProvider time, ILogger logger)
{
    private const int LinesPerSecond = 5, FailureLinesPerSecond = 1;

    // The message stays with us meanwhile: what cannot be set aside must not come again at once.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromMinutes(1);

    private readonly string _target = target().Name;
    private readonly LineAllowance _lines = new(LinesPerSecond, time), _failureLines = new(FailureLinesPerSecond, time);

    /// <summary>Prepares the answer to who waits for the result of a message that is set aside; called while its body is there.</summary>
    /// <value>Returns what sends the answer and acknowledges the delivery then, or <see langword="null"/> when nobody is told. Default: nobody is.</value>
    public Func<Delivery, Action?>? Answer { get; init; }

    /// <summary>What to do with deliveries, with all that cannot be read taken out.</summary>
    /// <param name="onDelivery">Sees the others.</param>
    /// <returns>To be called for each delivery.</returns>
    public Func<Delivery, ValueTask> Before(Func<Delivery, ValueTask> onDelivery) => delivery =>
    {
        if (delivery.Properties.Unreadable is null)
        {
            return onDelivery(delivery);
        }

        // Not awaited: they hold up nobody. Bounded by the prefetch; each ends with its delivery.
        _ = SetAsideAsync(delivery, RawEnvelope.Seal(delivery, _target, fate == Fate.Buried), Answer?.Invoke(delivery));
        return ValueTask.CompletedTask;
    };

    private async Task SetAsideAsync(Delivery delivery, OutgoingMessage envelope, Action? sendAnswer)
    {
        var from = ledger.Of(delivery.Queue);
        from.Take();
        for (var delay = FirstDelay; !delivery.IsLost; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            var answer = new PublishAnswer(PublishOutcome.Lost);
            Exception? exception = null;
            try
            {
                answer = await ledger.Named(_target).PublishAsync(broker, envelope, CancellationToken.None);
                if (answer.Outcome == PublishOutcome.Confirmed)
                {
                    LogSetAside(delivery);
                    if (sendAnswer is not null)
                    {
                        sendAnswer();
                    }
                    else
                    {
                        from.Acknowledge(delivery, fate);
                    }

                    return;
                }

                if (answer.Outcome == PublishOutcome.Returned)
                {
                    await broker.DeclareQueueAsync(target(), CancellationToken.None);
                    continue;
                }
            }
            catch (Exception e)
            {
                // The edge of this message's task: whatever is wrong, it is tried again for as long as the message is ours.
                exception = e;
            }

            if (_failureLines.TryTake(out _))
            {
                logger.NotSetAside(exception, delivery.Properties.MessageId, _target, answer.Refusal?.Reason ?? answer.Outcome.ToString(), delay.TotalSeconds);
            }

            await Task.Delay(delay, time);
        }

        from.TakenBack();
    }

    private void LogSetAside(Delivery delivery)
    {
        var mayWrite = _lines.TryTake(out var dropped);
        if (dropped > 0)
        {
            logger.SetAsideNotLogged(dropped, _target, LinesPerSecond);
        }

        if (mayWrite)
        {
            logger.SetAsideUnread(delivery.Properties.MessageId, delivery.Queue, _target, delivery.Properties.Unreadable!.Reason);
        }
    }
}
