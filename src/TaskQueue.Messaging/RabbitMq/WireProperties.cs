using System.Buffers;
using RabbitMQ.Client;
using TaskQueue.Amqp;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Properties of messages between our form and their bytes, which the client library carries as one field (<see cref="FrameTranslator"/>).</summary>
internal static class WireProperties
{
    // Results carry the headers of their tasks to programs whose libraries read by recursion, and to which a decimal of more digits is an error, as is the year 10000.
    private static readonly FieldLimits Limits = new(Levels: 128, Fields: 16_384, DecimalScale: 28) { LatestTimestamp = 253_402_300_799 };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? HeaderOutput, PropertyOutput;

    /// <summary>The properties of a delivery, or of a message that came back.</summary>
    public static MessageProperties Read(IReadOnlyBasicProperties carried) =>
        carried.Headers?.Count == 1 && carried.Headers.TryGetValue("", out var value) && value is BinaryTableValue { Bytes: { } bytes }
            ? Read(bytes)
            : new MessageProperties { DeliveryMode = null };

    /// <summary>Reads properties; where their headers cannot be read, they are <see cref="MessageProperties.Unreadable"/>.</summary>
    /// <param name="bytes">Flags and properties. They must not change any more.</param>
    public static MessageProperties Read(ReadOnlyMemory<byte> bytes)
    {
        var fault = ContentProperties.Read(bytes, out var wire);
        var headers = wire.Headers is { } table && fault is null ? Headers(table, ref fault) : null;
        return new MessageProperties
        {
            ContentType = wire.ContentType,
            ContentEncoding = wire.ContentEncoding,
            Headers = headers,
            DeliveryMode = wire.DeliveryMode,
            Priority = wire.Priority,
            CorrelationId = wire.CorrelationId,
            ReplyTo = wire.ReplyTo,
            Expiration = wire.Expiration,
            MessageId = wire.MessageId,
            Timestamp = unchecked((long?)wire.Timestamp),
            Type = wire.Type,
            UserId = wire.UserId,
            AppId = wire.AppId,
            ClusterId = wire.ClusterId,
            Unreadable = fault is null ? null : new UnreadableProperties(fault, bytes),
        };
    }

    /// <summary>The bytes of properties.</summary>
    /// <exception cref="ArgumentException">A text takes more than 255 bytes, or a header has a type that AMQP has not.</exception>
    public static byte[] Write(MessageProperties properties)
    {
        if (properties.Unreadable is { } unreadable)
        {
            return unreadable.Bytes.ToArray();
        }

        var headers = HeaderOutput ??= new ArrayBufferWriter<byte>();
        headers.ResetWrittenCount();
        if (properties.Headers is { } table)
        {
            FieldWriter.Write(table, headers);
        }

        var output = PropertyOutput ??= new ArrayBufferWriter<byte>();
        output.ResetWrittenCount();
        var wire = new ContentProperties
        {
            ContentType = properties.ContentType,
            ContentEncoding = properties.ContentEncoding,
            // With the type: a bare null would become an empty table, by way of an array.
            Headers = properties.Headers is null ? (ReadOnlyMemory<byte>?)null : headers.WrittenMemory[sizeof(uint)..],
            DeliveryMode = properties.DeliveryMode,
            Priority = properties.Priority,
            CorrelationId = properties.CorrelationId,
            ReplyTo = properties.ReplyTo,
            Expiration = properties.Expiration,
            MessageId = properties.MessageId,
            Timestamp = unchecked((ulong?)properties.Timestamp),
            Type = properties.Type,
            UserId = properties.UserId,
            AppId = properties.AppId,
            ClusterId = properties.ClusterId,
        };
        wire.Write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>How many bytes a header takes.</summary>
    public static int SizeOf(string name, object? value)
    {
        var output = new ArrayBufferWriter<byte>();
        FieldWriter.Write([KeyValuePair.Create(name, value)], output);
        return output.WrittenCount - sizeof(uint);
    }

    /// <summary>What the client library is given to send them with.</summary>
    public static BasicProperties Carry(byte[] bytes) =>
        new() { Headers = new Dictionary<string, object?>(1, StringComparer.Ordinal) { [""] = new BinaryTableValue(bytes) } };

    private static Dictionary<string, object?>? Headers(ReadOnlyMemory<byte> table, ref string? fault)
    {
        fault = FieldTable.Fault(table.Span, Limits);
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        var fields = FieldTable.Fields(table);
        while (fault is null && fields.MoveNext())
        {
            if (!headers.TryAdd(fields.Name, FieldValue.Read(fields.Kind, fields.Value)))
            {
                fault = $"the header \"{fields.Name}\" is there twice";
            }
        }

        return fault is null ? headers : null;
    }
}
