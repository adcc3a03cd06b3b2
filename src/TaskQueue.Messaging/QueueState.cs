namespace TaskQueue.Messaging;

/// <summary>What the broker tells of a queue.</summary>
/// <param name="Ready">Messages that wait; those with consumers are not counted.</param>
/// <param name="Consumers">Subscriptions.</param>
public sealed record QueueState(long Ready, int Consumers);
