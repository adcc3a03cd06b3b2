using System.Buffers;
using TaskQueue.Amqp.Methods;

namespace TaskQueue.Amqp;

/// <summary>Frames one behind the other, to be sent. Not for several threads at once.</summary>
/// <param name="capacity">How many bytes it begins with; it grows as needed.</param>
public sealed class FrameBuffer(int capacity) : IBufferWriter<byte>
{
    private readonly int _capacity = capacity;
    private byte[] _bytes = new byte[capacity];

    /// <summary>How many bytes it holds.</summary>
    public int Count { get; private set; }

    /// <summary>What it holds, until the next change.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    /// <summary>Appends a method.</summary>
    /// <exception cref="ArgumentException">A text is too long for a short string; the buffer is as it was.</exception>
    public void Append(ushort channel, Method method)
    {
        ArgumentNullException.ThrowIfNull(method);
        var start = Begin();
        try
        {
            method.Write(this);
        }
        catch (ArgumentException)
        {
            Count = start;
            throw;
        }

        End(start, FrameType.Method, channel);
    }

    /// <summary>Appends a content: its header and its body.</summary>
    /// <param name="properties">What stands behind the body's size in a header.</param>
    /// <param name="frameMax">The largest frame, with all around its payload; 0 is no limit.</param>
    public void Append(ushort channel, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body, int frameMax)
    {
        var start = Begin();
        var to = new AmqpWriter(this);
        to.UInt16(ContentProperties.ClassId);
        to.UInt16(0);
        to.UInt64((ulong)body.Length);
        to.Raw(properties);
        End(start, FrameType.Header, channel);
        var most = frameMax == 0 ? int.MaxValue : frameMax - FrameHeader.Bytes - 1;
        while (!body.IsEmpty)
        {
            var part = body[..Math.Min(most, body.Length)];
            Append(FrameType.Body, channel, part);
            body = body[part.Length..];
        }
    }

    /// <summary>Appends any frame.</summary>
    public void Append(FrameType type, ushort channel, ReadOnlySpan<byte> payload)
    {
        var start = Begin();
        new AmqpWriter(this).Raw(payload);
        End(start, type, channel);
    }

    /// <summary>Makes it empty, and gives back what it grew by.</summary>
    public void Clear()
    {
        Count = 0;
        if (_bytes.Length > _capacity)
        {
            _bytes = new byte[_capacity];
        }
    }

    /// <inheritdoc/>
    public void Advance(int count) => Count += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(Count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(Count);
    }

    private int Begin()
    {
        var start = Count;
        Grow(FrameHeader.Bytes);
        Count += FrameHeader.Bytes;
        return start;
    }

    private void End(int start, FrameType type, ushort channel)
    {
        new FrameHeader(type, channel, (uint)(Count - start - FrameHeader.Bytes)).Write(_bytes.AsSpan(start));
        new AmqpWriter(this).Byte(FrameHeader.End);
    }

    private void Grow(int sizeHint)
    {
        if (_bytes.Length - Count < Math.Max(sizeHint, 1))
        {
            Array.Resize(ref _bytes, checked((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(Count + Math.Max(sizeHint, 1)))));
        }
    }

}
