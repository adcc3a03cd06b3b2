namespace TaskQueue.Amqp;

/// <summary>Which properties of the class <c>basic</c> a content header has (AMQP 0-9-1, section 4.2.6.1), in the order in which they follow.</summary>
[Flags]
public enum PropertyFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>MIME type of the body.</summary>
    ContentType = 1 << 15,

    /// <summary>MIME encoding of the body.</summary>
    ContentEncoding = 1 << 14,

    /// <summary>A field table.</summary>
    Headers = 1 << 13,

    /// <summary>Whether it survives a restart.</summary>
    DeliveryMode = 1 << 12,

    /// <summary>Which goes first.</summary>
    Priority = 1 << 11,

    /// <summary>What it belongs to.</summary>
    CorrelationId = 1 << 10,

    /// <summary>Where the answer goes.</summary>
    ReplyTo = 1 << 9,

    /// <summary>How long it is worth delivering.</summary>
    Expiration = 1 << 8,

    /// <summary>Its identity.</summary>
    MessageId = 1 << 7,

    /// <summary>When it was published.</summary>
    Timestamp = 1 << 6,

    /// <summary>What the application calls it.</summary>
    Type = 1 << 5,

    /// <summary>Whose it is.</summary>
    UserId = 1 << 4,

    /// <summary>Which application it is from.</summary>
    AppId = 1 << 3,

    /// <summary>Reserved.</summary>
    ClusterId = 1 << 2,
}
