using System.Buffers;

namespace TaskQueue.Amqp.Methods;

/// <summary>Goes through the arguments of a method, in their order: reads each from the wire, or writes each to it. So a method says once what it consists of.</summary>
public ref struct MethodFields
{
    private readonly ReadOnlyMemory<byte> _source;
    private readonly IBufferWriter<byte>? _output;
    private AmqpReader _from;
    private int _bits, _bitCount;

    private MethodFields(ReadOnlyMemory<byte> source)
    {
        _source = source;
        _from = new AmqpReader(source.Span);
    }

    private MethodFields(IBufferWriter<byte> output) => _output = output;

    /// <summary>Whether more was asked for than there was. Bytes behind the last argument are not minded.</summary>
    public readonly bool IsCutOff => _from.IsCutOff;

    internal static MethodFields Reading(ReadOnlyMemory<byte> source) => new(source);

    internal static MethodFields Writing(IBufferWriter<byte> output) => new(output);

    /// <summary>An octet.</summary>
    public byte Byte(byte value)
    {
        EndBits();
        if (_output is null)
        {
            return _from.Byte();
        }

        new AmqpWriter(_output).Byte(value);
        return value;
    }

    /// <summary>A 16-bit number.</summary>
    public ushort UInt16(ushort value = 0)
    {
        EndBits();
        if (_output is null)
        {
            return _from.UInt16();
        }

        new AmqpWriter(_output).UInt16(value);
        return value;
    }

    /// <summary>A 32-bit number.</summary>
    public uint UInt32(uint value)
    {
        EndBits();
        if (_output is null)
        {
            return _from.UInt32();
        }

        new AmqpWriter(_output).UInt32(value);
        return value;
    }

    /// <summary>A 64-bit number.</summary>
    public ulong UInt64(ulong value)
    {
        EndBits();
        if (_output is null)
        {
            return _from.UInt64();
        }

        new AmqpWriter(_output).UInt64(value);
        return value;
    }

    /// <summary>A short string.</summary>
    public string ShortString(string value = "")
    {
        EndBits();
        if (_output is null)
        {
            return _from.ShortString();
        }

        new AmqpWriter(_output).ShortString(value);
        return value;
    }

    /// <summary>A long string, or the content of a table; what was read is a part of the payload, not a copy.</summary>
    public ReadOnlyMemory<byte> LongBytes(ReadOnlyMemory<byte> value = default)
    {
        EndBits();
        if (_output is null)
        {
            var length = _from.LongBytes().Length;
            return _source.Slice(_from.Position - length, length);
        }

        new AmqpWriter(_output).LongBytes(value.Span);
        return value;
    }

    /// <summary>A bit; neighbours share an octet, from the lowest on.</summary>
    public bool Bit(bool value)
    {
        if (_output is null)
        {
            _bits = _bitCount == 0 ? _from.Byte() : _bits;
            return (_bits & (1 << _bitCount++)) != 0;
        }

        _bits |= value ? 1 << _bitCount : 0;
        _bitCount++;
        return value;
    }

    internal void EndBits()
    {
        if (_bitCount > 0 && _output is not null)
        {
            new AmqpWriter(_output).Byte((byte)_bits);
        }

        (_bits, _bitCount) = (0, 0);
    }
}
