using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>What a message is forwarded with: what it came with, but for what later stages could not tell by themselves.</summary>
internal static class ForwardedProperties
{
    /// <summary>The properties to forward; mostly those of the delivery, not copied.</summary>
    public static MessageProperties Of(Delivery delivery, TimeProvider time)
    {
        var properties = delivery.Redelivered ? delivery.Properties.WithoutDeliveryCounts() : delivery.Properties;
        properties = Named(properties);

        // The broker counts an expiration from the forwarding on, and forgets it when the pool has the message. One that cannot be read is for the broker to refuse.
        return properties.Expiration is not null && properties.Headers?.ContainsKey(HeaderNames.Expires) is not true && TaskExpiry.Of(properties, time.GetUtcNow()) is { } expires
            ? properties.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.Expires, expires.ToUnixTimeMilliseconds()))
            : properties;
    }

    /// <summary>The properties with a message id, if need be a new one.</summary>
    public static MessageProperties Named(MessageProperties properties) =>
        string.IsNullOrEmpty(properties.MessageId) ? properties with { MessageId = Guid.CreateVersion7().ToString() } : properties;
}
