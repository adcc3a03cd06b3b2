namespace TaskQueue.Broker.Engine;

/// <summary>How much the broker takes from clients.</summary>
/// <param name="MemoryBytes">Of messages in memory.</param>
/// <param name="MessageBytes">Of one message's body.</param>
/// <param name="Queues">How many queues there may be.</param>
/// <param name="ConsumerTimeoutMilliseconds">How long a delivery may stay unacknowledged.</param>
internal sealed record BrokerLimits(long MemoryBytes, long MessageBytes, int Queues, long ConsumerTimeoutMilliseconds);
