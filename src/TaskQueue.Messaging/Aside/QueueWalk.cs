namespace TaskQueue.Messaging.Aside;

/// <summary>Goes through the messages that wait in a queue.</summary>
internal static class QueueWalk
{
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
            }
        }
        finally
        {
            await finish();
        }

        return browser.Count;
    }
}
