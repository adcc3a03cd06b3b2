using System.Buffers;
using System.Net.Sockets;
using System.Threading.Channels;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;

namespace TaskQueue.Testing;

/// <summary>A connection that sends what it is told, right or wrong, and hands out all that comes.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly TcpClient _socket = new() { NoDelay = true };
    private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();
    private readonly FrameBuffer _output = new(4096);
    private readonly TaskCompletionSource _ended = new();
    private NetworkStream _stream = null!;
    private volatile bool _isDeaf;
    private int _heartbeats;
    private Task _reading = Task.CompletedTask;

    /// <summary>What comes, in its order; it ends with the connection.</summary>
    public ChannelReader<Received> Incoming => _received.Reader;

    /// <summary>What the broker said to the wish for a virtual host.</summary>
    public Method? Opened { get; private set; }

    /// <summary>How many heartbeats came.</summary>
    public int Heartbeats => Volatile.Read(ref _heartbeats);

    /// <param name="port">Of a broker on this host.</param>
    /// <param name="heartbeatSeconds">What it is told of heartbeats; none is ever sent.</param>
    /// <param name="virtualHost">Where it wants to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RawConnection> OpenAsync(int port, CancellationToken cancellationToken, ushort heartbeatSeconds = 0, string virtualHost = "/")
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync("127.0.0.1", port, cancellationToken);
        connection._stream = connection._socket.GetStream();
        await connection._stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), cancellationToken);
        connection._reading = connection.ReadAsync();
        await connection.Incoming.ReadAsync(cancellationToken);
        var properties = new ArrayBufferWriter<byte>();
        FieldWriter.Write(
            [new("capabilities", new Dictionary<string, object?> { ["consumer_cancel_notify"] = true, ["authentication_failure_close"] = true })], properties);
        await connection.SendAsync(
            0,
            new ConnectionStartOk { ClientProperties = properties.WrittenMemory[sizeof(uint)..], Mechanism = "PLAIN", Response = "\0guest\0guest"u8.ToArray() },
            cancellationToken);
        await connection.Incoming.ReadAsync(cancellationToken);
        await connection.SendAsync(0, new ConnectionTuneOk { ChannelMax = 100, FrameMax = 131_072, Heartbeat = heartbeatSeconds }, cancellationToken);
        await connection.SendAsync(0, new ConnectionOpen { VirtualHost = virtualHost }, cancellationToken);
        connection.Opened = (await connection.Incoming.ReadAsync(cancellationToken)).Method;
        return connection;
    }

    /// <summary>Reads nothing more from now on, so that the broker cannot send much.</summary>
    public void StopReading() => _isDeaf = true;

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => await _stream.WriteAsync(bytes, cancellationToken);

    /// <summary>Opens a channel.</summary>
    public async Task OpenChannelAsync(ushort channel, CancellationToken cancellationToken)
    {
        await SendAsync(channel, new ChannelOpen(), cancellationToken);
        await Incoming.ReadAsync(cancellationToken);
    }

    public async Task SendAsync(ushort channel, Method method, CancellationToken cancellationToken)
    {
        _output.Append(channel, method);
        await FlushAsync(cancellationToken);
    }

    public async Task SendAsync(ushort channel, Method method, byte[] properties, byte[] body, CancellationToken cancellationToken)
    {
        _output.Append(channel, method);
        _output.Append(channel, properties, body, 131_072);
        await FlushAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _ended.SetResult();
        _socket.Dispose();
        await _reading;
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(_output.Written, cancellationToken);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It was closed: what came before says why.
        }

        _output.Clear();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                if (_isDeaf)
                {
                    await _ended.Task;
                }

                var (header, payload) = await ReadFrameAsync();
                if (header.Type == FrameType.Heartbeat)
                {
                    Interlocked.Increment(ref _heartbeats);
                }

                if (header.Type != FrameType.Method || Method.Read(payload, out var method) != MethodFault.None)
                {
                    continue;
                }

                var (properties, body) = (Array.Empty<byte>(), Array.Empty<byte>());
                if (method!.HasContent)
                {
                    (_, var head) = await ReadFrameAsync();
                    var from = new AmqpReader(head);
                    from.UInt32();
                    var size = (int)from.UInt64();
                    properties = head[from.Position..];
                    body = await ReadBodyAsync(size);
                }

                _received.Writer.TryWrite(new Received(header.Channel, method, properties, body));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or EndOfStreamException)
        {
            _received.Writer.TryComplete();
        }
    }

    private async Task<byte[]> ReadBodyAsync(int size)
    {
        var body = new List<byte>(size);
        while (body.Count < size)
        {
            body.AddRange((await ReadFrameAsync()).Payload);
        }

        return [.. body];
    }

    private async Task<(FrameHeader Header, byte[] Payload)> ReadFrameAsync()
    {
        var head = new byte[FrameHeader.Bytes];
        await _stream.ReadExactlyAsync(head);
        var header = FrameHeader.Read(head);
        var payload = new byte[header.PayloadBytes + 1];
        await _stream.ReadExactlyAsync(payload);
        return (header, payload[..^1]);
    }
}

/// <summary>A method that came, with its content.</summary>
internal sealed record Received(ushort Channel, Method Method, byte[] Properties, byte[] Body);
