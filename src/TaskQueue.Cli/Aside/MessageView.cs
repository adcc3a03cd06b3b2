using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>All of a message.</summary>
internal static class MessageView
{
    private const int LongestLine = 4096;

    /// <summary>For people.</summary>
    public static string Text(Delivery delivery)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Properties(delivery.Properties))
        {
            text.Append($"{name}: {PlainText.Line(value, LongestLine)}\n");
        }

        var headers = HeadersOf(delivery.Properties);
        foreach (var (name, value) in headers.Where(header => header.Key != HeaderNames.Trace).OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            text.Append($"header {PlainText.Line(name, LongestLine)}: {PlainText.Line(HeaderText(value), LongestLine)}\n");
        }

        if (headers.TryGetValue(HeaderNames.Trace, out var trace))
        {
            text.Append($"trace:\n{Indented(PlainText.Lines(HeaderText(trace)))}\n");
        }

        if (RawEnvelope.Open(delivery.Properties, delivery.Body) is not var (original, body))
        {
            return text.Append($"body, {Quantity.Of(delivery.Body.Length, "byte")}:\n{Indented(BodyText.Readable(delivery.Body))}\n").ToString();
        }

        text.Append("the message as it came:\n");
        foreach (var (name, value) in Properties(original))
        {
            text.Append($"  {name}: {PlainText.Line(value, LongestLine)}\n");
        }

        foreach (var (name, value) in HeadersOf(original).OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            text.Append($"  header {PlainText.Line(name, LongestLine)}: {PlainText.Line(HeaderText(value), LongestLine)}\n");
        }

        return text.Append($"  body, {Quantity.Of(body.Length, "byte")}:\n  {Indented(BodyText.Readable(body)).Replace("\n", "\n  ", StringComparison.Ordinal)}\n").ToString();
    }

    /// <summary>In a line of JSON.</summary>
    public static string Json(Delivery delivery) => Json(delivery.Queue, delivery.Properties, delivery.Body);

    /// <summary>In a line of JSON, of a message whose delivery is over.</summary>
    public static string Json(string queue, MessageProperties properties, ReadOnlyMemory<byte> content)
    {
        var json = ToJson(properties, content);
        json.Insert(1, "queue", queue);
        if (RawEnvelope.Open(properties, content) is var (original, body))
        {
            json["original"] = ToJson(original, body);
        }

        return JsonLine.Of(json);
    }

    /// <summary>Headers in forms that can be shown.</summary>
    public static IReadOnlyDictionary<string, object?> HeadersOf(MessageProperties properties) =>
        properties.Unreadable?.Headers() ?? HeaderValues.Plain(properties.Headers);

    private static JsonObject ToJson(MessageProperties properties, ReadOnlyMemory<byte> content)
    {
        var (name, body) = BodyText.Json(content);
        return new JsonObject
        {
            ["message_id"] = properties.MessageId,
            ["properties"] = new JsonObject(Properties(properties).Select(property => KeyValuePair.Create(property.Name, (JsonNode?)property.Value))),
            ["headers"] = new JsonObject(HeadersOf(properties)
                .Select(header => KeyValuePair.Create(header.Key, JsonSerializer.SerializeToNode(header.Value)))),
            ["size_bytes"] = content.Length,
            [name] = body,
        };
    }

    private static IEnumerable<(string Name, string Value)> Properties(MessageProperties properties) =>
        ((IEnumerable<(string Name, string? Value)>)
        [
            ("message-id", properties.MessageId),
            ("content-type", properties.ContentType),
            ("content-encoding", properties.ContentEncoding),
            ("correlation-id", properties.CorrelationId),
            ("reply-to", properties.ReplyTo),
            ("priority", properties.Priority?.ToString()),
            ("expiration", properties.Expiration),
            ("timestamp", properties.Timestamp is { } seconds and >= 0 and < 253_402_300_800 ? Instants.Second(DateTimeOffset.FromUnixTimeSeconds(seconds)) : properties.Timestamp?.ToString()),
            ("type", properties.Type),
            ("user-id", properties.UserId),
            ("app-id", properties.AppId),
            ("cluster-id", properties.ClusterId),
            ("delivery-mode", properties.Persistent ? "2" : "1"),
        ]).Where(property => property.Value is not null).Select(property => (property.Name, property.Value!));

    private static string HeaderText(object? value) => value switch
    {
        null => "",
        byte[] bytes => "0x" + Convert.ToHexStringLower(bytes),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Indented(string lines) => "  " + lines.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal);
}
