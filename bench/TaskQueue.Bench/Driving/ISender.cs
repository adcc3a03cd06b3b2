namespace TaskQueue.Bench.Driving;

/// <summary>Publishes tasks: our client, or RabbitMQ.Client alone.</summary>
internal interface ISender : IAsyncDisposable
{
    /// <summary>Publishes tasks.</summary>
    /// <param name="count">How many.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>A task that completes when the broker has confirmed them all.</returns>
    Task SendAsync(long count, CancellationToken stop);
}
