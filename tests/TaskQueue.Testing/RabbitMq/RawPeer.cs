using System.Buffers;
using System.Net.Sockets;
using System.Text;
using TaskQueue.Amqp;
using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A connection on which properties are bytes: publishes what no ordinary client would write, and takes messages as they are on the wire.</summary>
public sealed class RawPeer : IAsyncDisposable
{
    private const ushort Connection = 10, ChannelClass = 20, Basic = 60, Confirm = 85;

    private readonly TcpClient _socket;
    private readonly NetworkStream _stream;
    private int _frameMax;

    private RawPeer(TcpClient socket) => (_socket, _stream) = (socket, socket.GetStream());

    /// <summary>Connects, with confirms.</summary>
    public static async Task<RawPeer> ConnectAsync(BrokerOptions broker, CancellationToken cancellationToken)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(broker.Hosts[0].Name, broker.Hosts[0].Port ?? broker.Port ?? 5672, cancellationToken);
        var peer = new RawPeer(socket);
        await peer._stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), cancellationToken);
        await peer.ExpectAsync(Connection, 10, cancellationToken);
        var login = Encoding.UTF8.GetBytes($"\0{broker.User}\0{broker.Password ?? broker.User}");
        await peer.SendAsync(0, Connection, 11, cancellationToken, arguments =>
        {
            var to = new AmqpWriter(arguments);
            to.LongBytes(default);
            to.ShortString("PLAIN");
            to.LongBytes(login);
            to.ShortString("en_US");
        });
        peer._frameMax = FrameMax(await peer.ExpectAsync(Connection, 30, cancellationToken));
        await peer.SendAsync(0, Connection, 31, cancellationToken, arguments =>
        {
            var to = new AmqpWriter(arguments);
            // One channel; "no limit" is more than the broker allows.
            to.UInt16(1);
            to.UInt32((uint)peer._frameMax);
            to.UInt16(0);
        });
        await peer.SendAsync(0, Connection, 40, cancellationToken, arguments =>
        {
            var to = new AmqpWriter(arguments);
            to.ShortString(broker.VirtualHost);
            to.ShortString("");
            to.Byte(0);
        });
        await peer.ExpectAsync(Connection, 41, cancellationToken);
        await peer.SendAsync(1, ChannelClass, 10, cancellationToken, arguments => new AmqpWriter(arguments).ShortString(""));
        await peer.ExpectAsync(ChannelClass, 11, cancellationToken);
        await peer.SendAsync(1, Confirm, 10, cancellationToken, arguments => new AmqpWriter(arguments).Byte(0));
        await peer.ExpectAsync(Confirm, 11, cancellationToken);
        return peer;
    }

    /// <summary>Properties with these, and with headers of this content.</summary>
    public static byte[] Properties(ContentProperties properties, ReadOnlyMemory<byte> headers)
    {
        var output = new ArrayBufferWriter<byte>();
        (properties with { Headers = headers }).Write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Publishes a message, and waits for the confirm.</summary>
    /// <exception cref="IOException">The broker refused it.</exception>
    public async Task PublishAsync(string queue, byte[] properties, byte[] body, CancellationToken cancellationToken)
    {
        await SendAsync(1, Basic, 40, cancellationToken, arguments =>
        {
            var to = new AmqpWriter(arguments);
            to.UInt16(0);
            to.ShortString("");
            to.ShortString(queue);
            to.Byte(0);
        });
        var header = new ArrayBufferWriter<byte>();
        WriteHeader(header, properties, body.Length);
        await SendFrameAsync(FrameType.Header, 1, header.WrittenMemory, cancellationToken);
        for (var at = 0; at < body.Length; at += _frameMax - FrameHeader.Bytes - 1)
        {
            await SendFrameAsync(
                FrameType.Body, 1, body.AsMemory(at, Math.Min(body.Length - at, _frameMax - FrameHeader.Bytes - 1)), cancellationToken);
        }

        await ExpectAsync(Basic, 80, cancellationToken);
    }

    /// <summary>Takes a message for good.</summary>
    /// <returns>Its properties and its body, or <see langword="null"/> when none waits.</returns>
    public async Task<(byte[] Properties, byte[] Body)?> TakeAsync(string queue, CancellationToken cancellationToken)
    {
        await SendAsync(1, Basic, 70, cancellationToken, arguments =>
        {
            var to = new AmqpWriter(arguments);
            to.UInt16(0);
            to.ShortString(queue);
            to.Byte(1);
        });
        if ((await ReadFrameAsync(cancellationToken)).Payload is [0, 60, 0, 72, ..])
        {
            return null;
        }

        var header = (await ReadFrameAsync(cancellationToken)).Payload;
        var size = (int)SizeOf(header);
        var body = new List<byte>(size);
        while (body.Count < size)
        {
            body.AddRange((await ReadFrameAsync(cancellationToken)).Payload);
        }

        return (header[12..], [.. body]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void WriteHeader(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> properties, int bodyBytes)
    {
        var to = new AmqpWriter(output);
        to.UInt16(ContentProperties.ClassId);
        to.UInt16(0);
        to.UInt64((ulong)bodyBytes);
        to.Raw(properties);
    }

    private static ulong SizeOf(byte[] header)
    {
        var from = new AmqpReader(header);
        from.UInt32();
        return from.UInt64();
    }

    private static int FrameMax(byte[] tune)
    {
        var from = new AmqpReader(tune);
        from.UInt16();
        return (int)from.UInt32();
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1068", Justification = "What a method is sent with is a block of its own, which reads best at the end")]
    private Task SendAsync(ushort channel, ushort classId, ushort method, CancellationToken cancellationToken, Action<ArrayBufferWriter<byte>> arguments)
    {
        var payload = new ArrayBufferWriter<byte>();
        var to = new AmqpWriter(payload);
        to.UInt16(classId);
        to.UInt16(method);
        arguments(payload);
        return SendFrameAsync(FrameType.Method, channel, payload.WrittenMemory, cancellationToken);
    }

    private async Task SendFrameAsync(FrameType type, ushort channel, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var frame = new byte[FrameHeader.Bytes + payload.Length + 1];
        new FrameHeader(type, channel, (uint)payload.Length).Write(frame);
        payload.CopyTo(frame.AsMemory(FrameHeader.Bytes));
        frame[^1] = FrameHeader.End;
        await _stream.WriteAsync(frame, cancellationToken);
    }

    private async Task<(FrameType Type, byte[] Payload)> ReadFrameAsync(CancellationToken cancellationToken)
    {
        var head = new byte[FrameHeader.Bytes];
        await _stream.ReadExactlyAsync(head, cancellationToken);
        var header = FrameHeader.Read(head);
        var payload = new byte[header.PayloadBytes + 1];
        await _stream.ReadExactlyAsync(payload, cancellationToken);
        return (header.Type, payload[..^1]);
    }

    private async Task<byte[]> ExpectAsync(ushort classId, ushort method, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (type, payload) = await ReadFrameAsync(cancellationToken);
            if (type != FrameType.Method)
            {
                continue;
            }

            var (gotClass, gotMethod) = ((payload[0] << 8) | payload[1], (payload[2] << 8) | payload[3]);
            if ((gotClass, gotMethod) == (classId, method))
            {
                return payload[4..];
            }

            if ((gotClass, gotMethod) is (Connection, 50) or (ChannelClass, 40))
            {
                throw new IOException($"The broker closed: {Encoding.UTF8.GetString(payload.AsSpan(7, payload[6]))}");
            }
        }
    }
}
