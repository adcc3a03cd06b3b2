using System.Buffers;
using TaskQueue.Amqp;

namespace TaskQueue.Messaging;

/// <summary>Properties that are not read, because of headers that are broken, or that programs behind us could not bear.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="Bytes">The properties as they are in a content header: the flags, and what they say is there.</param>
public sealed record UnreadableProperties(string Reason, ReadOnlyMemory<byte> Bytes)
{
    // What is deeper is shown as it is on the wire.
    private static readonly FieldLimits Showable = new(Levels: 64, Fields: int.MaxValue, DecimalScale: byte.MaxValue);

    /// <summary>The headers as far as they can be read, in the forms of <see cref="HeaderValues.Plain(IReadOnlyDictionary{string, object?}?)"/>; of what is too
    /// deep or broken, its bytes on the wire. Of two with one name the last.</summary>
    public IReadOnlyDictionary<string, object?> Headers()
    {
        ContentProperties.Read(Bytes, out var properties);
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var fields = FieldTable.Fields(properties.Headers ?? default); fields.MoveNext();)
        {
            headers[fields.Name] = FieldTable.Fault(fields.Whole.Span, Showable) is null
                ? FieldValue.Read(fields.Kind, fields.Value)
                : FieldValue.Binary(fields.Value.Span);
        }

        return HeaderValues.Plain(headers);
    }

    /// <summary>The same without what the broker would act on by the publisher's wish (<see cref="HeaderNames.IsForBroker"/>, <c>user-id</c>); all else byte
    /// for byte.</summary>
    /// <exception cref="InvalidOperationException">They are so broken that the broker would not take them.</exception>
    internal UnreadableProperties WithoutOrders()
    {
        var fault = ContentProperties.Read(Bytes, out var properties);
        var headers = new ArrayBufferWriter<byte>();
        var fields = FieldTable.Fields(properties.Headers ?? default);
        while (fields.MoveNext())
        {
            if (!HeaderNames.IsForBroker(fields.Name))
            {
                headers.Write(fields.Whole.Span);
            }
        }

        if (fault is not null || fields.IsBroken)
        {
            throw new InvalidOperationException($"The message cannot be published, because no broker would take its properties: {fault ?? Reason}.");
        }

        properties.UserId = null;
        properties.Headers = properties.Headers is null ? (ReadOnlyMemory<byte>?)null : headers.WrittenMemory;
        var output = new ArrayBufferWriter<byte>();
        properties.Write(output);
        return this with { Bytes = output.WrittenMemory };
    }
}
