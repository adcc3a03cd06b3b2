using System.Buffers;
using System.Runtime.InteropServices;

namespace TaskQueue.Amqp;

/// <summary>The properties of a content of the class <c>basic</c>. <see langword="null"/> is "not there".</summary>
[StructLayout(LayoutKind.Auto)]
public record struct ContentProperties
{
    /// <summary>The class of these properties, <c>basic</c>.</summary>
    public const ushort ClassId = 60;

    private const ushort Undefined = 0b11;

    /// <summary>MIME type of the body.</summary>
    public string? ContentType { get; set; }

    /// <summary>MIME encoding of the body.</summary>
    public string? ContentEncoding { get; set; }

    /// <summary>The content of the field table, not looked at.</summary>
    public ReadOnlyMemory<byte>? Headers { get; set; }

    /// <summary>1 for transient, 2 for persistent.</summary>
    public byte? DeliveryMode { get; set; }

    /// <summary>Higher goes first.</summary>
    public byte? Priority { get; set; }

    /// <summary>What it belongs to.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>Where the answer goes.</summary>
    public string? ReplyTo { get; set; }

    /// <summary>Milliseconds, in digits.</summary>
    public string? Expiration { get; set; }

    /// <summary>Its identity.</summary>
    public string? MessageId { get; set; }

    /// <summary>Seconds since 1970.</summary>
    public ulong? Timestamp { get; set; }

    /// <summary>What the application calls it.</summary>
    public string? Type { get; set; }

    /// <summary>Whose it is.</summary>
    public string? UserId { get; set; }

    /// <summary>Which application it is from.</summary>
    public string? AppId { get; set; }

    /// <summary>Reserved.</summary>
    public string? ClusterId { get; set; }

    /// <summary>Reads properties.</summary>
    /// <param name="bytes">What stands behind the body's size in a content header: the flags, and the properties.</param>
    /// <param name="properties">What could be read: all of it, or what stands in front of what could not.</param>
    /// <returns>What is wrong, for people, or <see langword="null"/>.</returns>
    public static string? Read(ReadOnlyMemory<byte> bytes, out ContentProperties properties)
    {
        properties = default;
        var from = new AmqpReader(bytes.Span);
        var flags = (PropertyFlags)from.UInt16();
        properties.ContentType = Text(ref from, flags, PropertyFlags.ContentType);
        properties.ContentEncoding = Text(ref from, flags, PropertyFlags.ContentEncoding);
        if (flags.HasFlag(PropertyFlags.Headers) && from.LongBytes() is var table && !from.IsCutOff)
        {
            properties.Headers = bytes.Slice(from.Position - table.Length, table.Length);
        }

        properties.DeliveryMode = flags.HasFlag(PropertyFlags.DeliveryMode) ? from.Byte() : null;
        properties.Priority = flags.HasFlag(PropertyFlags.Priority) ? from.Byte() : null;
        properties.CorrelationId = Text(ref from, flags, PropertyFlags.CorrelationId);
        properties.ReplyTo = Text(ref from, flags, PropertyFlags.ReplyTo);
        properties.Expiration = Text(ref from, flags, PropertyFlags.Expiration);
        properties.MessageId = Text(ref from, flags, PropertyFlags.MessageId);
        properties.Timestamp = flags.HasFlag(PropertyFlags.Timestamp) ? from.UInt64() : null;
        properties.Type = Text(ref from, flags, PropertyFlags.Type);
        properties.UserId = Text(ref from, flags, PropertyFlags.UserId);
        properties.AppId = Text(ref from, flags, PropertyFlags.AppId);
        properties.ClusterId = Text(ref from, flags, PropertyFlags.ClusterId);
        return ((ushort)flags & Undefined) != 0 ? "the properties have flags that AMQP 0-9-1 does not define"
            : from.IsCutOff ? "the properties end in the middle"
            : from.AtEnd ? null
            : "the properties have bytes behind their end";
    }

    /// <summary>Appends these properties as they stand in a content header behind the body's size.</summary>
    /// <param name="output">Where to.</param>
    /// <exception cref="ArgumentException">A text takes more than 255 bytes.</exception>
    public readonly void Write(IBufferWriter<byte> output)
    {
        var to = new AmqpWriter(output);
        to.UInt16((ushort)Flags());
        Text(to, ContentType);
        Text(to, ContentEncoding);
        if (Headers is { } headers)
        {
            to.LongBytes(headers.Span);
        }

        Octet(to, DeliveryMode);
        Octet(to, Priority);
        Text(to, CorrelationId);
        Text(to, ReplyTo);
        Text(to, Expiration);
        Text(to, MessageId);
        if (Timestamp is { } timestamp)
        {
            to.UInt64(timestamp);
        }

        Text(to, Type);
        Text(to, UserId);
        Text(to, AppId);
        Text(to, ClusterId);
    }

    private readonly PropertyFlags Flags() =>
        If(ContentType is not null, PropertyFlags.ContentType)
        | If(ContentEncoding is not null, PropertyFlags.ContentEncoding)
        | If(Headers is not null, PropertyFlags.Headers)
        | If(DeliveryMode is not null, PropertyFlags.DeliveryMode)
        | If(Priority is not null, PropertyFlags.Priority)
        | If(CorrelationId is not null, PropertyFlags.CorrelationId)
        | If(ReplyTo is not null, PropertyFlags.ReplyTo)
        | If(Expiration is not null, PropertyFlags.Expiration)
        | If(MessageId is not null, PropertyFlags.MessageId)
        | If(Timestamp is not null, PropertyFlags.Timestamp)
        | If(Type is not null, PropertyFlags.Type)
        | If(UserId is not null, PropertyFlags.UserId)
        | If(AppId is not null, PropertyFlags.AppId)
        | If(ClusterId is not null, PropertyFlags.ClusterId);

    private static PropertyFlags If(bool isThere, PropertyFlags flag) => isThere ? flag : PropertyFlags.None;

    private static string? Text(ref AmqpReader from, PropertyFlags flags, PropertyFlags flag)
    {
        if (!flags.HasFlag(flag))
        {
            return null;
        }

        var text = from.ShortString();
        return from.IsCutOff ? null : text;
    }

    private static void Text(AmqpWriter to, string? text)
    {
        if (text is not null)
        {
            to.ShortString(text);
        }
    }

    private static void Octet(AmqpWriter to, byte? octet)
    {
        if (octet is { } value)
        {
            to.Byte(value);
        }
    }
}
