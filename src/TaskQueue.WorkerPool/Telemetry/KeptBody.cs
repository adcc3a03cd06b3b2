using System.Text;
using System.Text.Json;
using TaskQueue.Messaging.Events;

namespace TaskQueue.WorkerPool.Telemetry;

/// <summary>A body as the history keeps it.</summary>
/// <param name="Text">As text, with fields masked; <see langword="null"/> where it is none, or cannot be masked.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="ContentType">What it is.</param>
internal sealed record KeptBody(string? Text, long Bytes, string? ContentType)
{
    /// <summary>What stands for a value that is masked.</summary>
    public const string Mask = "***";

    // At once; the rest of a long text is left out.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is kept of a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">Its content type.</param>
    /// <param name="masked">The fields of JSON whose values are masked.</param>
    public static KeptBody Of(ReadOnlySpan<byte> body, string? contentType, IReadOnlyList<string> masked) => new(
        IsJson(contentType, body) ? JsonOf(body, masked) : TextOf(body), body.Length, contentType);

    // Many who send JSON do not say so.
    private static bool IsJson(string? contentType, ReadOnlySpan<byte> body) =>
        contentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true || body.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    private static string? TextOf(ReadOnlySpan<byte> body)
    {
        var length = Math.Min(body.Length, TaskEvent.LongestBody);
        while (length > 0 && length < body.Length && (body[length] & 0xC0) == 0x80)
        {
            // Not in the middle of a character.
            length--;
        }

        try
        {
            return body[..length].Contains((byte)0) ? null : Strict.GetString(body[..length]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <returns>Nothing of what is not whole, or no JSON: nobody could say what is secret in it.</returns>
    private static string? JsonOf(ReadOnlySpan<byte> body, IReadOnlyList<string> masked)
    {
        if (body.Length > TaskEvent.LongestBody)
        {
            return null;
        }

        try
        {
            using var written = new MemoryStream();
            using (var writer = new Utf8JsonWriter(written))
            {
                Copy(body, masked, writer);
            }

            return written.Length <= TaskEvent.LongestBody ? Encoding.UTF8.GetString(written.GetBuffer(), 0, (int)written.Length) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second one tells of a text that is no UTF-16, such as half a surrogate.
            return null;
        }
    }

    private static void Copy(ReadOnlySpan<byte> body, IReadOnlyList<string> masked, Utf8JsonWriter writer)
    {
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteStartObject();
                    break;
                case JsonTokenType.EndObject:
                    writer.WriteEndObject();
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName:
                    var name = reader.GetString()!;
                    writer.WritePropertyName(name);
                    if (masked.Contains(name, StringComparer.OrdinalIgnoreCase))
                    {
                        reader.Skip();
                        writer.WriteStringValue(Mask);
                    }

                    break;
                case JsonTokenType.String:
                    writer.WriteStringValue(reader.GetString());
                    break;
                default:
                    // Numbers as they are written: no type of ours holds all of them.
                    writer.WriteRawValue(reader.ValueSpan);
                    break;
            }
        }
    }
}
