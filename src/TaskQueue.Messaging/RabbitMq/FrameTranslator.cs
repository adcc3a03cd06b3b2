using System.Buffers;
using System.Buffers.Binary;
using TaskQueue.Amqp;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Changes the content headers of a stream of frames, so that the client library carries properties without reading them.</summary>
/// <remarks>
/// The library reads properties while it reads from the socket. Headers that it cannot read end its connection, and deep ones its process, by a stack overflow.
/// So it gets every content header with one field, without a name: all that the message has for properties, as bytes (type <c>x</c>).
/// <see cref="WireProperties"/> reads and writes what is in there, and on the way out the field is replaced by its content. Since no header
/// reaches the library as it is, no publisher can make one that looks like this field. All other frames pass as they are.
/// </remarks>
internal sealed class FrameTranslator
{
    // Class, weight and body size stand before the properties (AMQP 0-9-1, section 4.2.6.1).
    private const int BeforeProperties = 12;

    // Flags, the table's length, the empty name, the type, and the length of the bytes.
    private const int BeforeBytes = sizeof(ushort) + sizeof(uint) + 1 + 1 + sizeof(uint);

    private static readonly int NoProperties = BeforeProperties + sizeof(ushort);

    private readonly bool _wraps;
    private readonly ArrayBufferWriter<byte> _collected = new();

    // How much of what comes passes as it is.
    private long _passing;

    private FrameTranslator(bool wraps, long passing) => (_wraps, _passing) = (wraps, passing);

    /// <summary>For what the broker sends.</summary>
    public static FrameTranslator ForReading() => new(wraps: true, passing: 0);

    /// <summary>For what the library sends, after the eight bytes with which a connection begins.</summary>
    public static FrameTranslator ForWriting() => new(wraps: false, passing: 8);

    /// <summary>Takes the next bytes, wherever frames begin and end in them.</summary>
    /// <param name="input">The bytes.</param>
    /// <param name="output">Receives what is to be passed on by now.</param>
    public void Translate(ReadOnlySpan<byte> input, ArrayBufferWriter<byte> output)
    {
        while (!input.IsEmpty)
        {
            if (_passing > 0)
            {
                var passing = (int)Math.Min(_passing, input.Length);
                output.Write(input[..passing]);
                input = input[passing..];
                _passing -= passing;
            }
            else if (_collected.WrittenCount > 0 || !TryTranslateWhole(ref input, output))
            {
                Collect(ref input, output);
            }
        }
    }

    private bool TryTranslateWhole(ref ReadOnlySpan<byte> input, ArrayBufferWriter<byte> output)
    {
        if (input.Length < FrameHeader.Bytes)
        {
            return false;
        }

        var (isTranslated, length) = Look(input);
        if (!isTranslated)
        {
            _passing = length;
            return true;
        }

        if (input.Length < length)
        {
            return false;
        }

        Change(input[..(int)length], output);
        input = input[(int)length..];
        return true;
    }

    private void Collect(ref ReadOnlySpan<byte> input, ArrayBufferWriter<byte> output)
    {
        var wanted = _collected.WrittenCount < FrameHeader.Bytes ? FrameHeader.Bytes : Look(_collected.WrittenSpan).Length;
        var taken = (int)Math.Min(wanted - _collected.WrittenCount, input.Length);
        _collected.Write(input[..taken]);
        input = input[taken..];
        if (_collected.WrittenCount < FrameHeader.Bytes)
        {
            return;
        }

        var (isTranslated, length) = Look(_collected.WrittenSpan);
        if (!isTranslated)
        {
            _passing = length - _collected.WrittenCount;
            output.Write(_collected.WrittenSpan);
            _collected.ResetWrittenCount();
        }
        else if (_collected.WrittenCount == length)
        {
            Change(_collected.WrittenSpan, output);
            _collected.ResetWrittenCount();
        }
    }

    // What would not fit into an array is no content header of a broker's: frames are limited to far less.
    private static (bool IsTranslated, long Length) Look(ReadOnlySpan<byte> frame)
    {
        var header = FrameHeader.Read(frame);
        var length = FrameHeader.Bytes + (long)header.PayloadBytes + 1;
        return (header.Type == FrameType.Header && length <= Array.MaxLength / 2, length);
    }

    private void Change(ReadOnlySpan<byte> frame, ArrayBufferWriter<byte> output)
    {
        var payload = frame[FrameHeader.Bytes..^1];
        if (_wraps && payload.Length > NoProperties)
        {
            Wrap(FrameHeader.Read(frame), payload, output);
        }
        else if (!_wraps && IsWrapped(payload))
        {
            Write(FrameHeader.Read(frame), payload[..BeforeProperties], default, payload[(BeforeProperties + BeforeBytes)..], output);
        }
        else
        {
            output.Write(frame);
        }
    }

    /// <summary>Whether the properties are the one field without a name; what the library sends without our doing has others, or none.</summary>
    private static bool IsWrapped(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < BeforeProperties + BeforeBytes)
        {
            return false;
        }

        var before = payload.Slice(BeforeProperties, BeforeBytes);
        return BinaryPrimitives.ReadUInt16BigEndian(before) == (ushort)PropertyFlags.Headers
            && before[6] == 0
            && before[7] == (byte)FieldKind.Binary
            && BinaryPrimitives.ReadInt32BigEndian(before[8..]) == payload.Length - BeforeProperties - BeforeBytes;
    }

    private static void Wrap(FrameHeader header, ReadOnlySpan<byte> payload, ArrayBufferWriter<byte> output)
    {
        var bytes = payload[BeforeProperties..];
        Span<byte> before = stackalloc byte[BeforeBytes];
        BinaryPrimitives.WriteUInt16BigEndian(before, (ushort)PropertyFlags.Headers);
        BinaryPrimitives.WriteInt32BigEndian(before[2..], 1 + 1 + sizeof(uint) + bytes.Length);
        before[6] = 0;
        before[7] = (byte)FieldKind.Binary;
        BinaryPrimitives.WriteInt32BigEndian(before[8..], bytes.Length);
        Write(header, payload[..BeforeProperties], before, bytes, output);
    }

    private static void Write(
        FrameHeader header, ReadOnlySpan<byte> start, ReadOnlySpan<byte> before, ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        var payload = start.Length + before.Length + bytes.Length;
        var to = output.GetSpan(FrameHeader.Bytes + payload + 1);
        (header with { PayloadBytes = (uint)payload }).Write(to);
        start.CopyTo(to[FrameHeader.Bytes..]);
        before.CopyTo(to[(FrameHeader.Bytes + start.Length)..]);
        bytes.CopyTo(to[(FrameHeader.Bytes + start.Length + before.Length)..]);
        to[FrameHeader.Bytes + payload] = FrameHeader.End;
        output.Advance(FrameHeader.Bytes + payload + 1);
    }
}
