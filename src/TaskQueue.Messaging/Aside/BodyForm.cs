using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TaskQueue.Messaging.Aside;

/// <summary>What the body of a message is, by its bytes: JSON, text or neither.</summary>
internal static class BodyForm
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>As a member of a JSON object: JSON is embedded, a text is a string, anything else base64.</summary>
    public static (string Name, JsonNode? Body) Json(ReadOnlyMemory<byte> body) =>
        TryJson(body, out var node) ? ("body", node)
        : TryText(body, out var text) ? ("body", JsonValue.Create(text))
        : ("body_base64", JsonValue.Create(Convert.ToBase64String(body.Span)));

    /// <summary>Reads JSON.</summary>
    public static bool TryJson(ReadOnlyMemory<byte> body, out JsonNode? node)
    {
        try
        {
            node = JsonNode.Parse(body.Span);
            return true;
        }
        catch (JsonException)
        {
            node = null;
            return false;
        }
    }

    /// <summary>Reads UTF-8.</summary>
    public static bool TryText(ReadOnlyMemory<byte> body, out string text)
    {
        try
        {
            text = StrictUtf8.GetString(body.Span);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }
}
