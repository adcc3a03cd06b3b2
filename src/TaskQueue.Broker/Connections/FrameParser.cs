using System.Buffers;
using TaskQueue.Amqp;

namespace TaskQueue.Broker.Connections;

/// <summary>Takes frames out of what was received.</summary>
internal static class FrameParser
{
    /// <summary>Takes the next frame.</summary>
    /// <param name="received">What was received; what stands behind the frame is left.</param>
    /// <param name="frameMax">The largest frame that may come; 0 is no limit.</param>
    /// <returns>Whether there is a whole one.</returns>
    /// <exception cref="AmqpException">What came is no frame.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> received, int frameMax, out FrameHeader header, out ReadOnlySequence<byte> payload)
    {
        (header, payload) = (default, default);
        if (received.Length < FrameHeader.Bytes)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[FrameHeader.Bytes];
        received.Slice(0, FrameHeader.Bytes).CopyTo(bytes);
        header = FrameHeader.Read(bytes);
        if (header.Type is not (FrameType.Method or FrameType.Header or FrameType.Body or FrameType.Heartbeat))
        {
            throw new AmqpException(ReplyCode.FrameError, $"type {(byte)header.Type} is no type of a frame");
        }

        if (header is { Type: FrameType.Heartbeat, PayloadBytes: > 0 })
        {
            throw new AmqpException(ReplyCode.FrameError, $"a heartbeat of {header.PayloadBytes} octets on channel {header.Channel}; expected none");
        }

        if (frameMax != 0 && header.PayloadBytes > (uint)(frameMax - FrameHeader.Bytes - 1))
        {
            throw new AmqpException(
                ReplyCode.FrameError, $"type {(byte)header.Type}, {header.PayloadBytes} octets: frame_too_large, the maximum is {frameMax - FrameHeader.Bytes - 1}");
        }

        if (received.Length < FrameHeader.Bytes + header.PayloadBytes + 1)
        {
            return false;
        }

        payload = received.Slice(FrameHeader.Bytes, header.PayloadBytes);
        var end = received.Slice(FrameHeader.Bytes + header.PayloadBytes);
        if (end.FirstSpan[0] != FrameHeader.End)
        {
            throw new AmqpException(ReplyCode.FrameError, $"type {(byte)header.Type}, {header.PayloadBytes} octets: invalid_frame_end_marker, {end.FirstSpan[0]}");
        }

        received = end.Slice(1);
        return true;
    }
}
