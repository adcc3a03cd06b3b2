using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TaskQueue.Amqp;

/// <summary>What stands before the payload of a frame (AMQP 0-9-1, section 4.2.3). Behind the payload stands <see cref="End"/>.</summary>
/// <param name="Type">What the payload is.</param>
/// <param name="Channel">The channel; 0 is the connection itself.</param>
/// <param name="PayloadBytes">How long the payload is.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FrameHeader(FrameType Type, ushort Channel, uint PayloadBytes)
{
    /// <summary>How many bytes it takes.</summary>
    public const int Bytes = 7;

    /// <summary>The octet behind the payload.</summary>
    public const byte End = 0xCE;

    /// <summary>Reads one.</summary>
    /// <param name="from">At least <see cref="Bytes"/> bytes.</param>
    /// <returns>The header, whatever its type is.</returns>
    public static FrameHeader Read(ReadOnlySpan<byte> from) =>
        new((FrameType)from[0], BinaryPrimitives.ReadUInt16BigEndian(from[1..]), BinaryPrimitives.ReadUInt32BigEndian(from[3..]));

    /// <summary>Writes it.</summary>
    /// <param name="to">At least <see cref="Bytes"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        to[0] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(to[1..], Channel);
        BinaryPrimitives.WriteUInt32BigEndian(to[3..], PayloadBytes);
    }
}

/// <summary>The types of frames.</summary>
public enum FrameType : byte
{
    /// <summary>A method with its arguments.</summary>
    Method = 1,

    /// <summary>The header of a content: its class, its size and its properties.</summary>
    Header = 2,

    /// <summary>A part of a content's body.</summary>
    Body = 3,

    /// <summary>A sign of life.</summary>
    Heartbeat = 8,
}
