namespace TaskQueue.Messaging.RabbitMq;

/// <summary>What a consumer wants of the broker. Guarded by the lock of <see cref="QueueSubscriptions"/>.</summary>
internal sealed class Subscription(int prefetch)
{
    /// <summary>How many deliveries the consumer wants.</summary>
    public int Wanted { get; set; } = prefetch;

    /// <summary>Whether the consumer is going.</summary>
    public bool Leaving { get; set; }

    /// <summary>Who waits for the broker to know.</summary>
    public List<TaskCompletionSource> Waiting { get; } = [];
}
