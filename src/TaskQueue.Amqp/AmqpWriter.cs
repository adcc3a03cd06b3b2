using System.Buffers;
using System.Buffers.Binary;

namespace TaskQueue.Amqp;

/// <summary>Writes the primitive values of AMQP one after the other.</summary>
/// <param name="output">Where to.</param>
public readonly ref struct AmqpWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    /// <summary>An octet.</summary>
    /// <param name="value">The value.</param>
    public void Byte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    /// <summary>A 16-bit number.</summary>
    /// <param name="value">The value.</param>
    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_output.GetSpan(sizeof(ushort)), value);
        _output.Advance(sizeof(ushort));
    }

    /// <summary>A 32-bit number.</summary>
    /// <param name="value">The value.</param>
    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_output.GetSpan(sizeof(uint)), value);
        _output.Advance(sizeof(uint));
    }

    /// <summary>A 64-bit number.</summary>
    /// <param name="value">The value.</param>
    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_output.GetSpan(sizeof(ulong)), value);
        _output.Advance(sizeof(ulong));
    }

    /// <summary>A short string; see <see cref="Amqp.ShortString"/>.</summary>
    /// <param name="value">The text.</param>
    /// <exception cref="ArgumentException">It takes more than <see cref="Amqp.ShortString.MaxBytes"/> bytes.</exception>
    public void ShortString(string value)
    {
        var length = Amqp.ShortString.Write(value, _output.GetSpan(1 + Amqp.ShortString.MaxBytes)[1..]);
        _output.GetSpan(1)[0] = (byte)length;
        _output.Advance(1 + length);
    }

    /// <summary>A long string, or the content of a table or an array, behind its length.</summary>
    /// <param name="value">The bytes.</param>
    public void LongBytes(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length);
        Raw(value);
    }

    /// <summary>Bytes as they are.</summary>
    /// <param name="value">The bytes.</param>
    public void Raw(ReadOnlySpan<byte> value) => _output.Write(value);
}
