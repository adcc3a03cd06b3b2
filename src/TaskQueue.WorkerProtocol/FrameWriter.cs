using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace TaskQueue.WorkerProtocol;

/// <summary>Writes the primitive values of frames: little-endian integers, and texts and byte strings behind their length.</summary>
internal readonly ref struct FrameWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    public void Byte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_output.GetSpan(sizeof(int)), value);
        _output.Advance(sizeof(int));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_output.GetSpan(sizeof(long)), value);
        _output.Advance(sizeof(long));
    }

    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Int32(length);
        Encoding.UTF8.GetBytes(value, _output.GetSpan(length));
        _output.Advance(length);
    }

    public void OptionalText(string? value)
    {
        Bool(value is not null);
        if (value is not null)
        {
            Text(value);
        }
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        _output.Write(value);
    }

    public void Names(IReadOnlyList<string> names)
    {
        Int32(names.Count);
        foreach (var name in names)
        {
            Text(name);
        }
    }

    public void Texts(IReadOnlyDictionary<string, string> map)
    {
        Int32(map.Count);
        foreach (var (key, value) in map)
        {
            Text(key);
            Text(value);
        }
    }

    public void Values(IReadOnlyDictionary<string, object?> map)
    {
        Int32(map.Count);
        foreach (var (key, value) in map)
        {
            Text(key);
            Value(value);
        }
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null:
                Byte((byte)ValueKind.Null);
                break;
            case string text:
                Byte((byte)ValueKind.Text);
                Text(text);
                break;
            case long number:
                Byte((byte)ValueKind.Integer);
                Int64(number);
                break;
            case double number:
                Byte((byte)ValueKind.Real);
                Double(number);
                break;
            case bool flag:
                Byte((byte)ValueKind.Flag);
                Bool(flag);
                break;
            case byte[] bytes:
                Byte((byte)ValueKind.Bytes);
                Bytes(bytes);
                break;
            default:
                throw new ArgumentException($"A header of type {value.GetType()} does not fit into a frame.", nameof(value));
        }
    }
}

/// <summary>How a header value is encoded.</summary>
internal enum ValueKind : byte
{
    Null,
    Text,
    Integer,
    Real,
    Flag,
    Bytes,
}
