using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Once;

/// <summary>What makes repetitions of a request one: a key of its sender's choice.</summary>
/// <param name="Owner">Whose key it is; those of others are other keys.</param>
/// <param name="Text">The key.</param>
/// <param name="Digest">The SHA-256 of what is asked for, by which a key that is used for something else is found out.</param>
internal sealed record OnceKey(string Owner, string Text, byte[] Digest)
{
    /// <summary>The longest key, in characters.</summary>
    public const int Longest = 255;

    /// <summary>The header that a key is in.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The key in a header, if it is there.</summary>
    /// <exception cref="BadHttpRequestException">There are several, or it is empty or too long.</exception>
    public static string? TextIn(IHeaderDictionary headers, string header = Header) => headers[header] switch
    {
        [] => null,
        [{ Length: > 0 and <= Longest } text] => text,
        _ => throw Problems.Bad($"{header}: expected one, of 1 to {Longest} characters."),
    };

    /// <summary>A key for a task.</summary>
    public static OnceKey Of(string owner, string text, string workerType, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(workerType + "\n"));
        hash.AppendData(body);
        return new OnceKey(owner, text, hash.GetHashAndReset());
    }

    /// <summary>The message id of its task: the same wherever and however often the key is used, so that others recognise a double, too.</summary>
    /// <returns>A UUID of version 8 (RFC 9562, section 5.8).</returns>
    public string MessageId()
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{Owner}\n{Text}")).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
