using System.Buffers;
using System.Text;

namespace TaskQueue.Amqp;

/// <summary>Short strings: up to 255 bytes that ought to be UTF-8, and are passed on byte for byte also where they are not.</summary>
/// <remarks>A byte that is no UTF-8 becomes a lone low surrogate, U+DC80 to U+DCFF, which no UTF-8 text can hold, and becomes that byte again
/// when it is written (as Python's <c>surrogateescape</c> has it). To all others such a text is one with characters that cannot be shown.</remarks>
public static class ShortString
{
    /// <summary>The most bytes of one.</summary>
    public const int MaxBytes = byte.MaxValue;

    private const char Escape = '\uDC00', FirstEscaped = '\uDC80', LastEscaped = '\uDCFF';
    private const int LongestOfChar = 3;

    /// <summary>The text of a short string.</summary>
    /// <param name="bytes">Its bytes.</param>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? ReadEscaped(bytes) : text;
    }

    /// <summary>Whether a text fits into a short string.</summary>
    /// <param name="text">The text.</param>
    public static bool Fits(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= MaxBytes / LongestOfChar || (text.Length <= MaxBytes && TryWrite(text, stackalloc byte[MaxBytes * LongestOfChar]) <= MaxBytes);
    }

    /// <summary>Writes a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="to">Where to; <see cref="MaxBytes"/> bytes are always enough.</param>
    /// <returns>How many bytes it took.</returns>
    /// <exception cref="ArgumentException">It takes more than <see cref="MaxBytes"/> bytes.</exception>
    public static int Write(string text, Span<byte> to) => Fits(text)
        ? TryWrite(text, to)
        : throw new ArgumentException($"A short string of AMQP takes at most {MaxBytes} bytes of UTF-8; found {text.Length} characters of more.", nameof(text));

    private static int TryWrite(string text, Span<byte> to)
    {
        if (text.AsSpan().IndexOfAnyInRange(FirstEscaped, LastEscaped) < 0)
        {
            return Encoding.UTF8.GetBytes(text, to);
        }

        var written = 0;
        for (var left = text.AsSpan(); !left.IsEmpty;)
        {
            if (left[0] is >= FirstEscaped and <= LastEscaped)
            {
                to[written++] = unchecked((byte)left[0]);
                left = left[1..];
                continue;
            }

            // The second half of a pair may look like an escaped byte.
            Rune.DecodeFromUtf16(left, out var rune, out var chars);
            written += rune.EncodeToUtf8(to[written..]);
            left = left[chars..];
        }

        return written;
    }

    private static string ReadEscaped(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[length..];
            }
            else
            {
                text.Append((char)(Escape + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }
}
