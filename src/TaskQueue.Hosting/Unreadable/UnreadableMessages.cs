using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;

namespace TaskQueue.Hosting.Unreadable;

/// <summary>Sets messages aside whose headers cannot be read, before anybody else sees them.</summary>
/// <param name="broker">The broker.</param>
/// <param name="target">The queue that they are set aside in.</param>
/// <param name="fate">What the books call that.</param>
/// <param name="ledger">The books.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
public sealed class UnreadableMessages(
    IBroker broker, QueueDefinition target, Fate fate, ServiceLedger ledger, TimeProvider time, ILogger logger)
{
    private const int LinesPerSecond = 5, FailureLinesPerSecond = 1;

    // The message stays with us meanwhile: what cannot be set aside must not come again at once.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromMinutes(1);

    private readonly LineAllowance _lines = new(LinesPerSecond, time), _failureLines = new(FailureLinesPerSecond, time);

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
        _ = SetAsideAsync(delivery, RawEnvelope.Seal(delivery, target.Name, fate == Fate.Buried));
        return ValueTask.CompletedTask;
    };

    private async Task SetAsideAsync(Delivery delivery, OutgoingMessage envelope)
    {
        var from = ledger.Of(delivery.Queue);
        from.Take();
        for (var delay = FirstDelay; !delivery.IsLost; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            var answer = new PublishAnswer(PublishOutcome.Lost);
            Exception? exception = null;
            try
            {
                answer = await ledger.Named(target.Name).PublishAsync(broker, envelope, CancellationToken.None);
                if (answer.Outcome == PublishOutcome.Confirmed)
                {
                    from.Acknowledge(delivery, fate);
                    LogSetAside(delivery);
                    return;
                }

                if (answer.Outcome == PublishOutcome.Returned)
                {
                    await broker.DeclareQueueAsync(target, CancellationToken.None);
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
                logger.NotSetAside(exception, delivery.Properties.MessageId, target.Name, answer.Refusal?.Reason ?? answer.Outcome.ToString(), delay.TotalSeconds);
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
            logger.SetAsideNotLogged(dropped, target.Name, LinesPerSecond);
        }

        if (mayWrite)
        {
            logger.SetAsideUnread(delivery.Properties.MessageId, delivery.Queue, target.Name, delivery.Properties.Unreadable!.Reason);
        }
    }
}
