namespace TaskQueue.Messaging;

/// <summary>A subscription to a queue.</summary>
/// <remarks>Disposing ends it: no further delivery arrives, and deliveries that are still unsettled go back to the queue.</remarks>
public interface IConsumer : IAsyncDisposable
{
    /// <summary>Stops taking deliveries. Those that are on their way still arrive; all of them stay ours and can still be settled.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when the callback will not be called again.</returns>
    Task StopTakingAsync(CancellationToken cancellationToken);

    /// <summary>Hands no more deliveries over. What still arrives is held, and goes back when the consumer is disposed of.</summary>
    /// <remarks>For a consumer that settles much at once before it ends: its subscription stays, and ends behind the last settlement. RabbitMQ
    /// forgets acknowledgements that a channel has not yet handed to a quorum queue when it closes; ending a subscription goes to the queue and back.</remarks>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when the callback will not be called again.</returns>
    Task PauseAsync(CancellationToken cancellationToken);

    /// <summary>Changes how many unsettled deliveries the broker may leave with us. With 0 it takes none.</summary>
    /// <param name="prefetch">The number; fewer than are unsettled now is allowed, those stay ours.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when the broker knows.</returns>
    Task SetPrefetchAsync(int prefetch, CancellationToken cancellationToken);
}
