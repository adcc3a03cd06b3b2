using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace TaskQueue.Messaging.Aside;

/// <summary>All of a message, for programs.</summary>
internal static class MessageJson
{
    // A header may be no number at all.
    private static readonly JsonSerializerOptions AnyNumber = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Of a delivery.</summary>
    public static JsonObject Of(Delivery delivery) => Of(delivery.Queue, delivery.Properties, delivery.Body);

    /// <summary>Of a message whose delivery is over. One that is kept in an envelope is in <c>original</c>.</summary>
    public static JsonObject Of(string queue, MessageProperties properties, ReadOnlyMemory<byte> content)
    {
        var json = ToJson(properties, content);
        json.Insert(1, "queue", queue);
        if (RawEnvelope.Open(properties, content) is var (original, body))
        {
            json["original"] = ToJson(original, body);
        }

        return json;
    }

    /// <summary>Headers in forms that can be shown.</summary>
    public static IReadOnlyDictionary<string, object?> HeadersOf(MessageProperties properties) =>
        properties.Unreadable?.Headers() ?? HeaderValues.Plain(properties.Headers);

    /// <summary>Such headers, as an object.</summary>
    public static JsonObject Headers(IReadOnlyDictionary<string, object?> headers) =>
        new(headers.Select(header => KeyValuePair.Create(header.Key, JsonSerializer.SerializeToNode(header.Value, AnyNumber))));

    /// <summary>The properties that a message has, by their names in AMQP.</summary>
    public static IEnumerable<(string Name, string Value)> PropertiesOf(MessageProperties properties) =>
        ((IEnumerable<(string Name, string? Value)>)
        [
            ("message-id", properties.MessageId),
            ("content-type", properties.ContentType),
            ("content-encoding", properties.ContentEncoding),
            ("correlation-id", properties.CorrelationId),
            ("reply-to", properties.ReplyTo),
            ("priority", properties.Priority?.ToString(CultureInfo.InvariantCulture)),
            ("expiration", properties.Expiration),
            ("timestamp", properties.Timestamp is { } seconds and >= 0 and < 253_402_300_800 ? Instants.Second(DateTimeOffset.FromUnixTimeSeconds(seconds)) : properties.Timestamp?.ToString(CultureInfo.InvariantCulture)),
            ("type", properties.Type),
            ("user-id", properties.UserId),
            ("app-id", properties.AppId),
            ("cluster-id", properties.ClusterId),
            ("delivery-mode", properties.Persistent ? "2" : "1"),
        ]).Where(property => property.Value is not null).Select(property => (property.Name, property.Value!));

    private static JsonObject ToJson(MessageProperties properties, ReadOnlyMemory<byte> content)
    {
        var (name, body) = BodyForm.Json(content);
        return new JsonObject
        {
            ["message_id"] = properties.MessageId,
            ["properties"] = new JsonObject(PropertiesOf(properties).Select(property => KeyValuePair.Create(property.Name, (JsonNode?)property.Value))),
            ["headers"] = Headers(HeadersOf(properties)),
            ["size_bytes"] = content.Length,
            [name] = body,
        };
    }
}
