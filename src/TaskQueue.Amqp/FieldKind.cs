namespace TaskQueue.Amqp;

/// <summary>The types of values in field tables, as RabbitMQ reads and writes them; each is its octet on the wire.</summary>
/// <remarks><see href="https://www.rabbitmq.com/amqp-0-9-1-errata#section_3"/></remarks>
public enum FieldKind : byte
{
    /// <summary>An octet that is 0 for false.</summary>
    Boolean = (byte)'t',

    /// <summary>A signed 8-bit number.</summary>
    Int8 = (byte)'b',

    /// <summary>An unsigned 8-bit number.</summary>
    UInt8 = (byte)'B',

    /// <summary>A signed 16-bit number.</summary>
    Int16 = (byte)'s',

    /// <summary>An unsigned 16-bit number.</summary>
    UInt16 = (byte)'u',

    /// <summary>A signed 32-bit number.</summary>
    Int32 = (byte)'I',

    /// <summary>An unsigned 32-bit number.</summary>
    UInt32 = (byte)'i',

    /// <summary>A signed 64-bit number.</summary>
    Int64 = (byte)'l',

    /// <summary>An unsigned 64-bit number.</summary>
    UInt64 = (byte)'L',

    /// <summary>A 32-bit floating-point number.</summary>
    Single = (byte)'f',

    /// <summary>A 64-bit floating-point number.</summary>
    Double = (byte)'d',

    /// <summary>An octet that says how many of the digits stand behind the point, and a signed 32-bit number.</summary>
    Decimal = (byte)'D',

    /// <summary>A text, or bytes.</summary>
    LongString = (byte)'S',

    /// <summary>A list of values.</summary>
    Array = (byte)'A',

    /// <summary>Seconds since 1970.</summary>
    Timestamp = (byte)'T',

    /// <summary>A table.</summary>
    Table = (byte)'F',

    /// <summary>No value.</summary>
    Void = (byte)'V',

    /// <summary>Bytes.</summary>
    Binary = (byte)'x',
}
