using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Where;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Sending;

/// <summary>Says to whoever has waited in vain where the task is, and why: <c>taskqueue where</c>, for one task and a short while.</summary>
internal sealed class StillWaiting(Connector connector, Surroundings surroundings)
{
    private const int MostLookedAt = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Answering = TimeSpan.FromSeconds(1);

    /// <summary>Looks for the task.</summary>
    /// <param name="id">Its message id.</param>
    /// <param name="workerType">Its worker type.</param>
    /// <param name="expires">When it is not started any more, if ever.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>Where it is, in words; <see langword="null"/> when it is not found, or not in time.</returns>
    public async Task<string?> ExplainAsync(string id, string workerType, DateTimeOffset? expires, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await using var fleet = await Fleet.ConnectAsync(connector, surroundings, stop.Token);
            var search = SearchFlags.SearchOf(connector, fleet, [workerType], Answering, Answering, new BrowseOptions(MostLookedAt), surroundings.Time);
            return await search.FindAsync([id], stop.Token) switch
            {
                { Found: [{ Whereabouts: { } place }] } => (await Prospects.ExplainAsync(place.Expiring(expires, surroundings.Time.GetUtcNow()), fleet, stop.Token)).Text,

                // The broker drops what expires in a queue, and a pool what expires with it.
                { Unseen: [] } when expires <= surroundings.Time.GetUtcNow() => $"it expired at {Instants.Second(expires.Value)}, and will not be started",
                _ => null,
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested
            && e is BrokerRefusedException or BrowsingEndedException or CommandFailedException or OperationCanceledException or TimeoutException)
        {
            // Whoever waited hears that it was in vain, all the same.
            return null;
        }
    }
}
