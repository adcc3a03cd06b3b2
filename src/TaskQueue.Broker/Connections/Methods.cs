using System.Buffers;
using System.Buffers.Binary;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;

namespace TaskQueue.Broker.Connections;

/// <summary>Reads methods as they are received.</summary>
internal static class Methods
{
    /// <exception cref="AmqpException">It cannot be read.</exception>
    public static Method Read(ReadOnlySequence<byte> payload)
    {
        // What holds tables is kept longer than the buffer that it came in.
        var memory = payload.IsSingleSegment && HasNoTables(payload.FirstSpan) ? payload.First : payload.ToArray();
        return Method.Read(memory, out var method) switch
        {
            MethodFault.None => method!,
            MethodFault.Unknown => throw Unknown(payload),
            _ => throw new AmqpException(ReplyCode.FrameError, $"cannot decode {(method is null ? "a method" : method.ToString())}: it ends in the middle"),
        };
    }

    /// <summary>Whether there is a method of this class and number.</summary>
    public static bool Exists(ReadOnlySequence<byte> payload) => Method.Read(payload.Slice(0, Math.Min(payload.Length, Method.IdBytes)).ToArray(), out _) != MethodFault.Unknown;

    /// <summary>What ends a connection that sends a method which does not exist.</summary>
    public static AmqpException Unknown(ReadOnlySequence<byte> payload) =>
        new(ReplyCode.NotImplemented, $"there is no method {Numbers(payload.Slice(0, Method.IdBytes).ToArray())}") { IsUntold = true };

    private static bool HasNoTables(ReadOnlySpan<byte> payload) =>
        payload.Length >= Method.IdBytes && BinaryPrimitives.ReadUInt16BigEndian(payload) == ContentProperties.ClassId && payload[3] != 20;

    private static string Numbers(ReadOnlySpan<byte> payload) =>
        $"{BinaryPrimitives.ReadUInt16BigEndian(payload)}.{BinaryPrimitives.ReadUInt16BigEndian(payload[2..])}";
}
