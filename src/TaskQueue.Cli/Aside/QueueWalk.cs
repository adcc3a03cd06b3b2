using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>Goes through the messages that wait in a queue.</summary>
internal static class QueueWalk
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Shows each message to a function, which may let it go by acknowledging it; all others stay.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="queue">The complete name of the queue.</param>
    /// <param name="options">How many to look at.</param>
    /// <param name="look">Called for one after the other.</param>
    /// <param name="finish">Called at the end, however it came, while messages can still be acknowledged.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <returns>How many messages there were at the beginning, or <see langword="null"/> when there is no such queue.</returns>
    public static async Task<long?> WalkAsync(
        IBroker broker, string queue, BrowseOptions options, Func<Delivery, Task> look, Func<Task> finish, CancellationToken cancellationToken)
    {
        // Were they only given back, the broker might drop these before long, and a pool would take them for having ended another one.
        List<Delivery> counted = [];
        await using var browser = await broker.BrowseAsync(queue, options, cancellationToken);
        if (browser is null)
        {
            return null;
        }

        try
        {
            while (await browser.NextAsync(cancellationToken) is { } delivery)
            {
                await look(delivery);
                if (delivery.IsWornOut || delivery.Properties.Headers?.ContainsKey(HeaderNames.Suspect) is true)
                {
                    counted.Add(delivery);
                }
            }
        }
        finally
        {
            await finish();
            foreach (var delivery in counted.Where(delivery => !delivery.IsSettled))
            {
                await PublishAnewAsync(broker, delivery);
            }
        }

        return browser.Count;
    }

    private static async Task PublishAnewAsync(IBroker broker, Delivery delivery)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var copy = new OutgoingMessage(delivery.Queue, delivery.Properties.WithoutDeliveryCounts(), delivery.Body);
            if (await broker.PublishAsync(copy, patience.Token) == PublishOutcome.Confirmed)
            {
                delivery.Settle(Settlement.Ack);
            }
        }
        catch (OperationCanceledException)
        {
            // It goes back as the others do; in the worst case the look counts as an attempt.
        }
    }
}
