namespace TaskQueue.Messaging;

/// <summary>How to consume.</summary>
/// <param name="Prefetch">How many unsettled deliveries the broker may leave with us; 0 takes none until <see cref="IConsumer.SetPrefetchAsync"/>.</param>
public sealed record ConsumerOptions(int Prefetch)
{
    /// <summary>Whether <see cref="Delivery.Body"/> stays valid after the callback. Costs a copy of each body.</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool KeepBodies { get; init; } = true;
}
