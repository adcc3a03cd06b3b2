using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace TaskQueue.Messaging;

/// <summary>Headers as programs want them, out of the types of the AMQP client.</summary>
public static class HeaderValues
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Some libraries wrap a header into itself at each retry; 64 levels, as is usual, are not enough for that.
    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 1000 };

    /// <summary>Converts all headers of a message.</summary>
    /// <param name="headers">Its headers, or <see langword="null"/>.</param>
    /// <returns>The same names with values of <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>,
    /// <c>byte[]</c> (what is not UTF-8) or <see langword="null"/>; tables and lists as JSON text.</returns>
    public static IReadOnlyDictionary<string, object?> Plain(IReadOnlyDictionary<string, object?>? headers)
    {
        var plain = new Dictionary<string, object?>(headers?.Count ?? 0, StringComparer.Ordinal);
        foreach (var (name, value) in headers ?? plain)
        {
            plain[name] = Plain(value);
        }

        return plain;
    }

    private static object? Plain(object? value) => value switch
    {
        byte[] bytes => Text(bytes) ?? (object)bytes,
        BinaryTableValue binary => binary.Bytes,
        float or double => Convert.ToDouble(value),
        sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(value),
        AmqpTimestamp timestamp => timestamp.UnixTime,
        IDictionary<string, object?> or System.Collections.IList => Json(value)?.ToJsonString(Deep),
        null or string or bool => value,
        _ => value.ToString(),
    };

    private static JsonNode? Json(object? value) => value switch
    {
        IDictionary<string, object?> table => new JsonObject(table.Select(entry => KeyValuePair.Create(entry.Key, Json(entry.Value)))),
        System.Collections.IList list and not byte[] => new JsonArray([.. list.Cast<object?>().Select(Json)]),
        _ => Plain(value) switch
        {
            string text => JsonValue.Create(text),
            long number => JsonValue.Create(number),
            double number => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString()),
            bool flag => JsonValue.Create(flag),
            byte[] bytes => JsonValue.Create(Convert.ToBase64String(bytes)),
            _ => null,
        },
    };

    private static string? Text(byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
