using System.Buffers.Binary;

namespace TaskQueue.Amqp;

/// <summary>A value of a field table as it is on the wire, for what has no type of .NET that keeps all of it: decimals, timestamps, bytes, lists and
/// tables (also broken or deep ones: nothing inside is looked at until somebody asks).</summary>
public sealed class FieldValue : IEquatable<FieldValue>
{
    private FieldValue(FieldKind kind, ReadOnlyMemory<byte> bytes) => (Kind, Bytes) = (kind, bytes);

    /// <summary>Its type.</summary>
    public FieldKind Kind { get; }

    /// <summary>What stands behind the octet of its type on the wire, with the length where there is one.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What stands behind the length of bytes, of a list or of a table.</summary>
    public ReadOnlyMemory<byte> Content => Bytes.Length >= sizeof(uint) ? Bytes[sizeof(uint)..] : default;

    /// <summary>Bytes that are no text.</summary>
    /// <param name="content">The bytes.</param>
    public static FieldValue Binary(ReadOnlySpan<byte> content)
    {
        var bytes = new byte[sizeof(uint) + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, content.Length);
        content.CopyTo(bytes.AsSpan(sizeof(uint)));
        return new FieldValue(FieldKind.Binary, bytes);
    }

    /// <summary>A time.</summary>
    /// <param name="seconds">Seconds since 1970, UTC.</param>
    public static FieldValue Timestamp(ulong seconds)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, seconds);
        return new FieldValue(FieldKind.Timestamp, bytes);
    }

    /// <summary>A decimal: <paramref name="value"/> divided by ten to the power of <paramref name="scale"/>.</summary>
    /// <param name="scale">How many digits stand behind the point.</param>
    /// <param name="value">All digits.</param>
    public static FieldValue Decimal(byte scale, int value)
    {
        var bytes = new byte[sizeof(byte) + sizeof(int)];
        bytes[0] = scale;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), value);
        return new FieldValue(FieldKind.Decimal, bytes);
    }

    /// <summary>The value of a field in the type of .NET that keeps all of it.</summary>
    /// <param name="kind">Its type.</param>
    /// <param name="bytes">What stands behind the octet of its type.</param>
    /// <returns><see cref="bool"/>, a number, <c>byte[]</c> for a long string, <see langword="null"/> for none, or a <see cref="FieldValue"/>.</returns>
    public static object? Read(FieldKind kind, ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        return kind switch
        {
            FieldKind.LongString => span[sizeof(uint)..].ToArray(),
            FieldKind.Boolean when span[0] <= 1 => span[0] == 1,
            FieldKind.Int8 => unchecked((sbyte)span[0]),
            FieldKind.UInt8 => span[0],
            FieldKind.Int16 => BinaryPrimitives.ReadInt16BigEndian(span),
            FieldKind.UInt16 => BinaryPrimitives.ReadUInt16BigEndian(span),
            FieldKind.Int32 => BinaryPrimitives.ReadInt32BigEndian(span),
            FieldKind.UInt32 => BinaryPrimitives.ReadUInt32BigEndian(span),
            FieldKind.Int64 => BinaryPrimitives.ReadInt64BigEndian(span),
            FieldKind.UInt64 => BinaryPrimitives.ReadUInt64BigEndian(span),
            FieldKind.Single => BinaryPrimitives.ReadSingleBigEndian(span),
            FieldKind.Double => BinaryPrimitives.ReadDoubleBigEndian(span),
            FieldKind.Void => null,
            _ => new FieldValue(kind, bytes),
        };
    }

    /// <inheritdoc/>
    public bool Equals(FieldValue? other) => other is not null && Kind == other.Kind && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FieldValue);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Kind);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>In words; of a decimal or a timestamp the number.</summary>
    public override string ToString() => Kind switch
    {
        FieldKind.Decimal => FieldText.Decimal(Bytes.Span[0], BinaryPrimitives.ReadInt32BigEndian(Bytes.Span[1..])),
        FieldKind.Timestamp => BinaryPrimitives.ReadUInt64BigEndian(Bytes.Span).ToString(System.Globalization.CultureInfo.InvariantCulture),
        FieldKind.Boolean => "true",
        _ => $"{Kind} of {Content.Length} bytes",
    };
}
