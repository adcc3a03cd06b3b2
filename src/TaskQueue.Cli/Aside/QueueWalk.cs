using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>Goes through the messages that wait in a queue, and renews those that have been looked at often.</summary>
internal static class QueueWalk
{
    // RabbitMQ 4 drops a message from a quorum queue after 20 returns, unless the queue was declared as we do it.
    private const int MostReturns = 10;

    /// <summary>Shows each message to a function, which may let it go by acknowledging it; all others stay.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="queue">The complete name of the queue.</param>
    /// <param name="atMost">How many to look at.</param>
    /// <param name="look">Called for one after the other; returns whether it takes care of the message.</param>
    /// <param name="finish">Called at the end, however it came, while messages can still be acknowledged.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <returns>How many messages there were at the beginning, or <see langword="null"/> when there is no such queue.</returns>
    public static async Task<long?> WalkAsync(
        IBroker broker,
        string queue,
        long atMost,
        Func<Delivery, Task<bool>> look,
        Func<Task> finish,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        await using var browser = await broker.BrowseAsync(queue, atMost, cancellationToken);
        if (browser is null)
        {
            return null;
        }

        var renewals = new Mover(broker, queue, time);
        try
        {
            while (await browser.NextAsync(cancellationToken) is { } delivery)
            {
                if (!await look(delivery) && Returns(delivery) >= MostReturns)
                {
                    await renewals.MoveAsync(delivery, delivery.Properties.WithoutDeliveryCounts(), delivery.Body, cancellationToken);
                }
            }
        }
        finally
        {
            await finish();
            await renewals.DrainAsync(CancellationToken.None);
        }

        return browser.Count;
    }

    private static long Returns(Delivery delivery) =>
        delivery.Properties.Headers?.GetValueOrDefault(HeaderNames.DeliveryCount) is { } count and (long or int or short or byte)
            ? Convert.ToInt64(count)
            : 0;
}
