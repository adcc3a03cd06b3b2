namespace TaskQueue.Messaging;

/// <summary>A message to publish; always mandatory, so that one without a queue comes back.</summary>
/// <param name="RoutingKey">The name of a queue; for an <see cref="Exchange"/> of this system, nothing.</param>
/// <param name="Properties">Its properties and headers.</param>
/// <param name="Body">Its body.</param>
public readonly record struct OutgoingMessage(string RoutingKey, MessageProperties Properties, ReadOnlyMemory<byte> Body)
{
    /// <summary>The complete name of the exchange to publish on. One that does not exist is <see cref="RefusalKind.NoExchange"/>.</summary>
    /// <value>Default: the default exchange, which knows every queue by its name.</value>
    public string Exchange { get; init; } = "";
}
