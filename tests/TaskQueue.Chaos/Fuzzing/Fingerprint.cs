using System.Security.Cryptography;
using System.Text.Json;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Tells whether two bodies say the same: byte for byte, or, where both are JSON, but for white space and the way that characters are escaped.</summary>
internal static class Fingerprint
{
    private static ReadOnlySpan<byte> Utf8Bom => [0xEF, 0xBB, 0xBF];

    public static UInt128 Of(ReadOnlyMemory<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Plain(body), hash);
        return BitConverter.ToUInt128(hash);
    }

    private static ReadOnlySpan<byte> Plain(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body.Span.StartsWith(Utf8Bom) ? body[Utf8Bom.Length..] : body, new JsonDocumentOptions { MaxDepth = 256 });
            return JsonSerializer.SerializeToUtf8Bytes(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or text in it that is none.
            return body.Span;
        }
    }
}
