using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>Offers what waits in <c>taskqueue.unroutable</c> again and again, in rounds.</summary>
/// <remarks>A round takes as many messages as wait at its start, one by one from the head; those that still have no queue go
/// to the tail. Requeuing them instead would count as a failed delivery, of which newer brokers allow 20.</remarks>
internal sealed class UnroutableOffers(
    IBroker broker, Forwarder forwarder, UnreadableMessages unreadable, QueueNames queues, TimeSpan ttl, TimeProvider time, ILogger<UnroutableOffers> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = Interval;
        while (true)
        {
            await Task.Delay(pause, time, cancellationToken);
            var started = time.GetTimestamp();
            try
            {
                await OfferAllAsync(cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The edge of the loop: what went wrong with one round does not end the rounds.
                logger.OffersFailed(e);
            }

            // Rounds over a very long queue leave the broker as much time for other work as they take.
            var took = time.GetElapsedTime(started);
            pause = took > Interval ? took : Interval;
        }
    }

    private async Task OfferAllAsync(CancellationToken cancellationToken)
    {
        var waiting = await broker.InspectQueueAsync(queues.Unroutable, cancellationToken);
        var offer = unreadable.Before(delivery => forwarder.OfferAgainAsync(delivery, ttl, cancellationToken));
        for (var left = waiting?.Ready ?? 0; left > 0; left--)
        {
            if (await broker.GetAsync(queues.Unroutable, cancellationToken) is not { } delivery)
            {
                return;
            }

            await offer(delivery);
        }
    }
}
