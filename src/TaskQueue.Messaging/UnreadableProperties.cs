using System.Buffers;
using TaskQueue.Amqp;

namespace TaskQueue.Messaging;

/// <summary>Properties that are not read, because of headers that are broken, or that programs behind us could not bear.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="Bytes">The properties as they are in a content header: the flags, and what they say is there.</param>
public sealed record UnreadableProperties(string Reason, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The same without what the broker would act on by the publisher's wish (<see cref="HeaderNames.IsForBroker"/>, <c>user-id</c>); all else byte
    /// for byte.</summary>
    /// <exception cref="MalformedMessageException">They are so broken that the broker would not take them.</exception>
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
            throw new MalformedMessageException($"no broker would take its properties: {fault ?? Reason}");
        }

        properties.UserId = null;
        properties.Headers = properties.Headers is null ? null : headers.WrittenMemory;
        var output = new ArrayBufferWriter<byte>();
        properties.Write(output);
        return this with { Bytes = output.WrittenMemory };
    }
}
