using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Properties of messages between our form and the AMQP client's.</summary>
/// <remarks>Header values pass through untouched, in the types of the client. It has no word for a priority or timestamp of 0
/// (it leaves them out, which means the same to the broker), nor for an empty table inside a header (it reads it as no value).</remarks>
internal static class AmqpProperties
{
    /// <summary>The properties of a delivery.</summary>
    public static MessageProperties Read(IReadOnlyBasicProperties properties) => new()
    {
        ContentType = properties.ContentType,
        ContentEncoding = properties.ContentEncoding,
        Headers = Readable(properties.Headers),
        Persistent = properties.Persistent,
        Priority = properties.IsPriorityPresent() ? properties.Priority : null,
        CorrelationId = properties.CorrelationId,
        ReplyTo = properties.ReplyTo,
        Expiration = properties.Expiration,
        MessageId = properties.MessageId,
        Timestamp = properties.IsTimestampPresent() ? properties.Timestamp.UnixTime : null,
        Type = properties.Type,
        UserId = properties.UserId,
        AppId = properties.AppId,
        ClusterId = properties.ClusterId,
    };

    /// <summary>The properties to publish. <c>user-id</c> becomes a header: the broker accepts it from that very user only.</summary>
    public static BasicProperties Write(MessageProperties properties)
    {
        var headers = properties.UserId is { } user
            ? properties.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.UserId, user)).Headers
            : properties.Headers;
        return new BasicProperties
        {
            ContentType = properties.ContentType,
            ContentEncoding = properties.ContentEncoding,
            Headers = Writable(headers),
            Persistent = properties.Persistent,
            Priority = properties.Priority ?? 0,
            CorrelationId = properties.CorrelationId,
            ReplyTo = properties.ReplyTo,
            Expiration = properties.Expiration,
            MessageId = properties.MessageId,
            Timestamp = new AmqpTimestamp(properties.Timestamp ?? 0),
            Type = properties.Type,
            AppId = properties.AppId,
            ClusterId = properties.ClusterId,
        };
    }

    private static IReadOnlyDictionary<string, object?>? Readable(IDictionary<string, object?>? headers) =>
        headers is null or IReadOnlyDictionary<string, object?>
            ? (IReadOnlyDictionary<string, object?>?)headers
            : new Dictionary<string, object?>(headers, StringComparer.Ordinal);

    private static IDictionary<string, object?>? Writable(IReadOnlyDictionary<string, object?>? headers) =>
        headers is null or Dictionary<string, object?>
            ? (Dictionary<string, object?>?)headers
            : new Dictionary<string, object?>(headers, StringComparer.Ordinal);
}
