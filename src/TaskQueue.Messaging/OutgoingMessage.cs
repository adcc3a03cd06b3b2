namespace TaskQueue.Messaging;

/// <summary>A message to publish on the default exchange; always mandatory, so that one without a queue comes back.</summary>
/// <param name="RoutingKey">The name of a queue.</param>
/// <param name="Properties">Its properties and headers.</param>
/// <param name="Body">Its body.</param>
public readonly record struct OutgoingMessage(string RoutingKey, MessageProperties Properties, ReadOnlyMemory<byte> Body);
