using System.Buffers.Binary;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging;

/// <summary>How a message whose headers cannot be read is set aside: as the body of another one, byte for byte. See docs/messages.md.</summary>
/// <remarks>The body of the envelope is the length of the properties (four octets, the highest first), the properties as they were in the content header
/// (their flags first), and the body of the message.</remarks>
public static class RawEnvelope
{
    /// <summary>The content type of envelopes.</summary>
    public const string ContentType = "application/x-taskqueue-raw";

    /// <summary>What <see cref="HeaderNames.Reason"/> says of a buried task that never ran because of its headers.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Puts a message into an envelope.</summary>
    /// <param name="delivery">The message; its <see cref="MessageProperties.Unreadable"/> says why.</param>
    /// <param name="target">The complete name of the queue to set it aside in.</param>
    /// <param name="buries">Whether that is one of buried tasks, whose reason is a word.</param>
    /// <returns>The envelope, to be published.</returns>
    public static OutgoingMessage Seal(Delivery delivery, string target, bool buries)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var (properties, raw) = (delivery.Properties, delivery.Properties.Unreadable ?? throw new ArgumentException("The message can be read.", nameof(delivery)));
        var body = new byte[sizeof(int) + raw.Bytes.Length + delivery.Body.Length];
        BinaryPrimitives.WriteInt32BigEndian(body, raw.Bytes.Length);
        raw.Bytes.CopyTo(body.AsMemory(sizeof(int)));
        delivery.Body.CopyTo(body.AsMemory(sizeof(int) + raw.Bytes.Length));
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [HeaderNames.Reason] = buries ? Unreadable : raw.Reason,
            [HeaderNames.From] = delivery.Queue,
        };
        if (buries)
        {
            headers[HeaderNames.Error] = raw.Reason;
        }

        return new OutgoingMessage(
            target,
            new MessageProperties
            {
                ContentType = ContentType,
                MessageId = properties.MessageId,
                CorrelationId = properties.CorrelationId,
                Timestamp = properties.Timestamp,
                Headers = headers,
            },
            body);
    }

    /// <summary>Takes a message out of its envelope.</summary>
    /// <param name="properties">The envelope's properties.</param>
    /// <param name="body">The envelope's body.</param>
    /// <returns>The message; <see langword="null"/> when this is no envelope.</returns>
    public static (MessageProperties Properties, ReadOnlyMemory<byte> Body)? Open(MessageProperties properties, ReadOnlyMemory<byte> body)
    {
        ArgumentNullException.ThrowIfNull(properties);
        if (properties.ContentType != ContentType || body.Length < sizeof(int))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(body.Span);
        return length >= 0 && length <= body.Length - sizeof(int)
            ? (WireProperties.Read(body.Slice(sizeof(int), length).ToArray()), body[(sizeof(int) + length)..])
            : null;
    }
}
