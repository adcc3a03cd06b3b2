using System.Buffers.Binary;

namespace TaskQueue.Amqp;

/// <summary>Reads the primitive values of AMQP one after the other.</summary>
/// <remarks>It never throws: a value that is cut off is read as zero or nothing, and so is everything behind it. Ask
/// <see cref="IsCutOff"/> when all is read.</remarks>
/// <param name="bytes">The bytes.</param>
public ref struct AmqpReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How far it came.</summary>
    public int Position { get; private set; }

    /// <summary>Whether more was asked for than there was.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>Whether all was read.</summary>
    public readonly bool AtEnd => Position == _bytes.Length;

    /// <summary>An octet.</summary>
    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    /// <summary>A 16-bit number.</summary>
    public ushort UInt16() => Take(2) is { Length: > 0 } value ? BinaryPrimitives.ReadUInt16BigEndian(value) : (ushort)0;

    /// <summary>A 32-bit number.</summary>
    public uint UInt32() => Take(4) is { Length: > 0 } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;

    /// <summary>A 64-bit number.</summary>
    public ulong UInt64() => Take(8) is { Length: > 0 } value ? BinaryPrimitives.ReadUInt64BigEndian(value) : 0;

    /// <summary>The bytes of a short string.</summary>
    public ReadOnlySpan<byte> ShortBytes() => Take(Byte());

    /// <summary>A short string; see <see cref="Amqp.ShortString"/>.</summary>
    public string ShortString() => Amqp.ShortString.Read(ShortBytes());

    /// <summary>The bytes of a long string, a table or an array.</summary>
    public ReadOnlySpan<byte> LongBytes() => Take(UInt32());

    /// <summary>So many bytes, or none when there are fewer.</summary>
    /// <param name="count">How many.</param>
    public ReadOnlySpan<byte> Take(uint count)
    {
        if (IsCutOff || count > (uint)(_bytes.Length - Position))
        {
            IsCutOff = true;
            return default;
        }

        var taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }
}
