using System.Buffers;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Messages;

namespace TaskQueue.Broker.Connections;

/// <summary>Puts the contents of a channel together from their frames.</summary>
/// <param name="channel">The channel's number.</param>
/// <param name="mostBytes">The largest body that is kept.</param>
internal sealed class ContentAssembler(ushort channel, long mostBytes)
{
    // No more is taken beforehand for what was only announced.
    private const int FirstBytes = 128 * 1024;

    private BasicPublish? _method;
    private byte[]? _properties;
    private byte[] _body = [];
    private ulong _announced, _received;

    /// <summary>How much of memory an unfinished content takes.</summary>
    public long HeldBytes => _method is null ? 0 : _body.Length;

    /// <summary>Takes a frame.</summary>
    /// <returns>A command, when one is complete.</returns>
    /// <exception cref="AmqpException">The frame has no place here.</exception>
    public Command? Take(FrameType type, ReadOnlySequence<byte> payload) => (type, _method, _properties) switch
    {
        (FrameType.Method, null, _) => TakeMethod(payload),
        (FrameType.Method, _, _) when !Methods.Exists(payload) => throw Methods.Unknown(payload),
        (_, null, _) => throw Unexpected("expected method frame, got non method frame instead"),
        (FrameType.Header, _, null) => TakeHeader(payload),
        (_, _, null) => throw Unexpected($"expected content header for class {ContentProperties.ClassId}, got non content header frame instead"),
        (FrameType.Body, _, _) => TakeBody(payload),
        _ => throw Unexpected("expected content body, got non content body frame instead"),
    };

    private static AmqpException Unexpected(string text) => new(ReplyCode.UnexpectedFrame, text);

    private Command? TakeMethod(ReadOnlySequence<byte> payload)
    {
        var method = Methods.Read(payload);
        if (method is BasicPublish publish)
        {
            (_method, _properties) = (publish, null);
            return null;
        }

        return new Command(channel, method, null, null);
    }

    private Command? TakeHeader(ReadOnlySequence<byte> payload)
    {
        var bytes = payload.ToArray();
        var from = new AmqpReader(bytes);
        var classId = from.UInt16();
        var weight = from.UInt16();
        _announced = from.UInt64();
        if (from.IsCutOff)
        {
            throw new AmqpException(ReplyCode.FrameError, "a content header that ends in the middle");
        }

        if (classId != ContentProperties.ClassId || weight != 0)
        {
            throw Unexpected($"expected content header for class {ContentProperties.ClassId}, got one for class {classId} instead");
        }

        _properties = bytes[from.Position..];
        _received = 0;
        _body = _announced == 0 ? [] : new byte[Math.Min(_announced, Math.Min(FirstBytes, (ulong)mostBytes))];
        return _announced == 0 ? Complete() : null;
    }

    private Command? TakeBody(ReadOnlySequence<byte> payload)
    {
        var end = _received + (ulong)payload.Length;
        if (end > _announced)
        {
            throw Unexpected($"a body of {end} bytes, {_announced} were announced");
        }

        // What is too large is read and forgotten; the channel hears of it at its end.
        if (_announced <= (ulong)mostBytes)
        {
            if (end > (ulong)_body.Length)
            {
                Array.Resize(ref _body, (int)Math.Min(_announced, Math.Max(end, (ulong)_body.Length * 2)));
            }

            payload.CopyTo(_body.AsSpan((int)_received));
        }

        _received = end;
        return _received == _announced ? Complete() : null;
    }

    private Command Complete()
    {
        var (method, properties, body) = (_method!, _properties!, _body);
        (_method, _properties, _body) = (null, null, []);
        var publication = _announced <= (ulong)mostBytes
            ? Publication.Read(method, properties, body)
            : Publication.TooLarge(method, _announced, mostBytes);
        return new Command(channel, method, publication, null);
    }
}
