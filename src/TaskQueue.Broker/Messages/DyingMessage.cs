using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Messages;

/// <summary>A message that died in a queue and goes to that queue's dead-letter exchange.</summary>
/// <param name="Reason"><c>rejected</c>, <c>expired</c>, <c>maxlen</c> or <c>delivery_limit</c>.</param>
/// <param name="RoutingKey">The queue's key for its dead letters, or <see langword="null"/>.</param>
internal sealed record DyingMessage(StoredContent Content, string Queue, string Reason, string Exchange, string? RoutingKey);
