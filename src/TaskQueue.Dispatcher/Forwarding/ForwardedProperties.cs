using System.Globalization;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>What a message is forwarded with: what it came with, but for what later stages could not tell by themselves.</summary>
internal static class ForwardedProperties
{
    /// <summary>The properties to forward; mostly those of the delivery, not copied.</summary>
    public static MessageProperties Of(Delivery delivery, TimeProvider time)
    {
        var properties = delivery.Redelivered ? delivery.Properties.WithoutDeliveryCounts() : delivery.Properties;
        if (string.IsNullOrEmpty(properties.MessageId))
        {
            properties = properties with { MessageId = Guid.CreateVersion7().ToString("N") };
        }

        // The broker counts an expiration from the forwarding on, and forgets it when the pool has the message.
        return properties.Headers?.ContainsKey(HeaderNames.Expires) is not true && Milliseconds(properties.Expiration) is { } expiration
            ? properties.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.Expires, time.GetUtcNow().ToUnixTimeMilliseconds() + expiration))
            : properties;
    }

    // What cannot be read is for the broker to refuse.
    private static long? Milliseconds(string? expiration) =>
        uint.TryParse(expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds : null;
}
