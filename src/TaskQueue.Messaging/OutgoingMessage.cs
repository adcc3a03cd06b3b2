namespace TaskQueue.Messaging;

/// <summary>A message to publish. One without a queue comes back, and one that is confirmed is in the queue that it names and in no other: headers
/// that the broker would act on travel under another name, see <see cref="HeaderNames.IsForBroker"/>.</summary>
/// <param name="RoutingKey">The name of a queue; for an <see cref="Exchange"/> of this system, nothing.</param>
/// <param name="Properties">Its properties and headers.</param>
/// <param name="Body">Its body.</param>
public readonly record struct OutgoingMessage(string RoutingKey, MessageProperties Properties, ReadOnlyMemory<byte> Body)
{
    /// <summary>The complete name of the exchange to publish on. One that does not exist is <see cref="RefusalKind.NoExchange"/>.</summary>
    /// <value>Default: the default exchange, which knows every queue by its name.</value>
    public string Exchange { get; init; } = "";

    /// <summary>Whether its <c>user-id</c> tells who publishes it: the connection's user, which the broker checks.</summary>
    /// <value>Default <see langword="false"/>: nothing tells.</value>
    public bool NamesUser { get; init; }

    /// <summary>Whether it goes beside all others: on a channel of its own, one at a time, and whatever the broker makes of it (refuses it, does not
    /// answer, closes the channel) concerns no other message, nor the health of the connection.</summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool IsAside { get; init; }

    /// <summary>Whether it is not sent at all (<see cref="HeadersTooLargeException"/>) where a header would have to be left out, now or with what later
    /// stages add.</summary>
    /// <value>Default <see langword="false"/>: what finds no room in a frame is left out, and named in <see cref="HeaderNames.Omitted"/> and the log.</value>
    public bool KeepsHeaders { get; init; }
}
