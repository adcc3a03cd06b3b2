using System.Buffers;
using System.Buffers.Binary;

namespace TaskQueue.Testing;

/// <summary>Takes the frames of AMQP 0-9-1 out of a stream of bytes, and swallows those that shall not arrive.</summary>
internal sealed class AmqpSieve
{
    // https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.3: type, channel, size; then the payload and an end octet.
    private const int HeaderBytes = 7, EndBytes = 1, MethodBytes = 4;
    private const byte MethodFrame = 1, ContentHeaderFrame = 2, BodyFrame = 3, HeartbeatFrame = 8;
    private const int ChannelOpenOk = (20 << 16) | 11, BasicDeliver = (60 << 16) | 60, BasicAck = (60 << 16) | 80, BasicNack = (60 << 16) | 120;

    // Protects the two below.
    private readonly Lock _lock = new();
    private readonly HashSet<ushort> _cured = [];
    private AmqpSilence? _silence;

    // Channels in the middle of a swallowed delivery: its content follows. Touched by the pump alone.
    private readonly HashSet<ushort> _swallowing = [];

    /// <summary>Begins, or with <see langword="null"/> ends, a silence at the next frame.</summary>
    public void Silence(AmqpSilence? silence)
    {
        lock (_lock)
        {
            _silence = silence;
            _cured.Clear();
        }
    }

    /// <summary>Takes the next frame that shall arrive.</summary>
    /// <param name="bytes">What has come; what is taken or swallowed is cut off its start.</param>
    /// <param name="frame">The frame, to be forwarded as it is.</param>
    /// <returns>Whether there is a complete one.</returns>
    public bool TryTake(ref ReadOnlySequence<byte> bytes, out ReadOnlySequence<byte> frame)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        while (true)
        {
            frame = default;
            if (bytes.Length < HeaderBytes)
            {
                return false;
            }

            bytes.Slice(0, HeaderBytes).CopyTo(header);
            var (type, channel) = (header[0], BinaryPrimitives.ReadUInt16BigEndian(header[1..]));
            if (type is not (MethodFrame or ContentHeaderFrame or BodyFrame or HeartbeatFrame))
            {
                // Not AMQP, for example TLS: all of it goes through.
                frame = bytes;
                bytes = bytes.Slice(bytes.End);
                return true;
            }

            var length = HeaderBytes + BinaryPrimitives.ReadUInt32BigEndian(header[3..]) + EndBytes;
            if (bytes.Length < length)
            {
                return false;
            }

            frame = bytes.Slice(0, length);
            bytes = bytes.Slice(length);
            if (!IsSwallowed(type, channel, frame))
            {
                return true;
            }
        }
    }

    private bool IsSwallowed(byte type, ushort channel, ReadOnlySequence<byte> frame)
    {
        if (channel == 0)
        {
            return false;
        }

        if (type != MethodFrame)
        {
            return _swallowing.Contains(channel);
        }

        Span<byte> id = stackalloc byte[MethodBytes];
        frame.Slice(HeaderBytes, MethodBytes).CopyTo(id);
        var method = BinaryPrimitives.ReadInt32BigEndian(id);
        var swallowed = IsSilenced(channel, method);
        _ = swallowed ? _swallowing.Add(channel) : _swallowing.Remove(channel);
        return swallowed;
    }

    private bool IsSilenced(ushort channel, int method)
    {
        lock (_lock)
        {
            if (method == ChannelOpenOk && _silence?.Lasts == SilenceLasts.ForTheChannels)
            {
                _cured.Add(channel);
            }

            return !_cured.Contains(channel) && _silence?.About switch
            {
                SilenceAbout.Deliveries => method == BasicDeliver,
                SilenceAbout.Confirms => method is BasicAck or BasicNack,
                SilenceAbout.Channels => true,
                _ => false,
            };
        }
    }
}
