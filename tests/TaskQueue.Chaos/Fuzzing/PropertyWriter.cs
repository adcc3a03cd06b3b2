using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Encodes the properties of a message, whatever their bytes; a client library would mend or refuse them.</summary>
internal sealed class PropertyWriter
{
    // AMQP 0-9-1: the flags stand in the order of the properties, from the highest bit.
    private const int ContentTypeBit = 15, ContentEncodingBit = 14, HeadersBit = 13, DeliveryModeBit = 12, PriorityBit = 11, CorrelationIdBit = 10, ReplyToBit = 9,
        ExpirationBit = 8, MessageIdBit = 7, TimestampBit = 6, TypeBit = 5, UserIdBit = 4, AppIdBit = 3, ClusterIdBit = 2;

    private readonly ArrayBufferWriter<byte> _headers = new();

    public byte[]? ContentType { get; set; }

    public byte[]? ContentEncoding { get; set; }

    public byte? Priority { get; set; }

    public byte[]? CorrelationId { get; set; }

    public byte[]? ReplyTo { get; set; }

    public byte[]? Expiration { get; set; }

    public byte[]? MessageId { get; set; }

    public ulong? Timestamp { get; set; }

    public byte[]? Type { get; set; }

    /// <summary>The broker refuses one that is not its user's.</summary>
    public byte[]? UserId { get; set; }

    public byte[]? AppId { get; set; }

    public byte[]? ClusterId { get; set; }

    /// <summary>How large the headers are so far.</summary>
    public int HeaderBytes => _headers.WrittenCount;

    public void AddHeader(ReadOnlySpan<byte> name, long value)
    {
        ShortString(_headers, name);
        _headers.Write("l"u8);
        UInt64(_headers, (ulong)value);
    }

    public void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        ShortString(_headers, name);
        LongString(_headers, value);
    }

    /// <summary>Adds a header of any type.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="field">Its type and value, encoded.</param>
    public void AddField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> field)
    {
        ShortString(_headers, name);
        _headers.Write(field);
    }

    /// <summary>A table within a table, and so on.</summary>
    public static byte[] NestedTable(int depth)
    {
        // Each level: type, length, and the name (empty) of what is within; the innermost is a switch.
        const int Level = 1 + 4 + 1;
        var field = new ArrayBufferWriter<byte>();
        for (var inner = depth - 1; inner >= 0; inner--)
        {
            field.Write("F"u8);
            UInt32(field, (uint)(1 + (inner * Level) + 2));
            ShortString(field, []);
        }

        field.Write("t\u0001"u8);
        return field.WrittenSpan.ToArray();
    }

    /// <summary>A list within a list, and so on.</summary>
    public static byte[] NestedList(int depth)
    {
        // All levels begin before the first ends, so the lengths go down by what a level takes: type and length.
        const int Level = 1 + 4;
        var field = new ArrayBufferWriter<byte>();
        for (var inner = depth - 1; inner >= 0; inner--)
        {
            field.Write("A"u8);
            UInt32(field, (uint)(inner * Level));
        }

        return field.WrittenSpan.ToArray();
    }

    /// <summary>A list of texts.</summary>
    public static byte[] List(params ReadOnlySpan<string> texts)
    {
        var items = new ArrayBufferWriter<byte>();
        foreach (var text in texts)
        {
            LongString(items, Utf8(text));
        }

        var field = new ArrayBufferWriter<byte>();
        field.Write("A"u8);
        UInt32(field, (uint)items.WrittenCount);
        field.Write(items.WrittenSpan);
        return field.WrittenSpan.ToArray();
    }

    public byte[] ToBytes()
    {
        var output = new ArrayBufferWriter<byte>();
        var flags = (1 << HeadersBit) | (1 << DeliveryModeBit);
        foreach (var (bit, isSet) in (ReadOnlySpan<(int, bool)>)
            [
                (ContentTypeBit, ContentType is not null), (ContentEncodingBit, ContentEncoding is not null), (PriorityBit, Priority is not null), (CorrelationIdBit, CorrelationId is not null),
                (ReplyToBit, ReplyTo is not null), (ExpirationBit, Expiration is not null), (MessageIdBit, MessageId is not null),
                (TimestampBit, Timestamp is not null), (TypeBit, Type is not null), (UserIdBit, UserId is not null), (AppIdBit, AppId is not null), (ClusterIdBit, ClusterId is not null),
            ])
        {
            flags |= isSet ? 1 << bit : 0;
        }

        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)flags);
        output.Advance(2);
        Optional(output, ContentType);
        Optional(output, ContentEncoding);
        UInt32(output, (uint)_headers.WrittenCount);
        output.Write(_headers.WrittenSpan);
        const byte Persistent = 2;
        output.Write([Persistent]);
        if (Priority is { } priority)
        {
            output.Write([priority]);
        }

        Optional(output, CorrelationId);
        Optional(output, ReplyTo);
        Optional(output, Expiration);
        Optional(output, MessageId);
        if (Timestamp is { } timestamp)
        {
            UInt64(output, timestamp);
        }

        Optional(output, Type);
        Optional(output, UserId);
        Optional(output, AppId);
        Optional(output, ClusterId);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static void Optional(ArrayBufferWriter<byte> output, byte[]? text)
    {
        if (text is not null)
        {
            ShortString(output, text);
        }
    }

    private static void ShortString(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        output.Write([checked((byte)text.Length)]);
        output.Write(text);
    }

    private static void LongString(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        output.Write("S"u8);
        UInt32(output, (uint)text.Length);
        output.Write(text);
    }

    private static void UInt32(ArrayBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    private static void UInt64(ArrayBufferWriter<byte> output, ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(output.GetSpan(8), value);
        output.Advance(8);
    }
}
