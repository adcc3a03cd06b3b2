using System.Buffers.Binary;
using System.Text;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>A hostile message as it was found again.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Body">Its body, taken out of the envelope of what was set aside raw.</param>
internal readonly record struct Trace(long Number, ReadOnlyMemory<byte> Body)
{
    /// <summary>The number's header as it is on the wire: name, type, value. Headers that cannot be read have it all the same.</summary>
    private static readonly byte[] NumberField = [(byte)HostileMessages.NumberHeader.Length, .. Encoding.ASCII.GetBytes(HostileMessages.NumberHeader), (byte)'l'];

    /// <summary>The trace of a message; <see langword="null"/> when it has none.</summary>
    public static Trace? Find(Delivery delivery) =>
        delivery.Properties.ContentType == RawEnvelope.ContentType ? InEnvelope(delivery.Body)
        : delivery.Properties.Headers?.GetValueOrDefault(HostileMessages.NumberHeader) is long number ? new Trace(number, delivery.Body)
        : null;

    /// <summary>The number in encoded properties, whatever else these are.</summary>
    public static long? NumberIn(ReadOnlySpan<byte> properties) => properties.IndexOf(NumberField) is >= 0 and var at
        ? BinaryPrimitives.ReadInt64BigEndian(properties[(at + NumberField.Length)..])
        : null;

    // Taken apart by its description in docs/messages.md, not by the code that made it.
    private static Trace? InEnvelope(ReadOnlyMemory<byte> envelope)
    {
        var end = sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(envelope.Span);
        return NumberIn(envelope.Span[sizeof(int)..end]) is { } number ? new Trace(number, envelope[end..]) : null;
    }
}
