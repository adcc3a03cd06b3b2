namespace TaskQueue.Messaging.Diagnosis;

/// <summary>What a queue was declared as, as far as the broker tells. Nothing over AMQP tells what policies add to that.</summary>
/// <param name="Type">How the broker keeps it; <see langword="null"/> where that is neither of those that we know, or not to be learnt.</param>
/// <param name="DeliveryLimit">After how many returns it drops a message, or moves it away; <see langword="null"/> for never.</param>
public sealed record QueueTraits(QueueType? Type, long? DeliveryLimit);
