using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Publishes bytes as they are, with confirms: as much of AMQP 0-9-1 as that needs.</summary>
internal sealed class RawPublisher : IAsyncDisposable
{
    // Frame types, and methods as class and number.
    private const byte Method = 1, Header = 2, Body = 3, Heartbeat = 8, End = 0xCE;
    private const int Start = (10 << 16) | 10, StartOk = (10 << 16) | 11, Tune = (10 << 16) | 30, TuneOk = (10 << 16) | 31, Open = (10 << 16) | 40,
        OpenOk = (10 << 16) | 41, ChannelOpen = (20 << 16) | 10, ChannelOpenOk = (20 << 16) | 11, Select = (85 << 16) | 10, SelectOk = (85 << 16) | 11,
        Consume = (60 << 16) | 20, ConsumeOk = (60 << 16) | 21, Publish = (60 << 16) | 40, Deliver = (60 << 16) | 60, Ack = (60 << 16) | 80;

    /// <summary>The <c>reply-to</c> of who wants its answers on the channel that it publishes on.</summary>
    public const string DirectReply = "amq.rabbitmq.reply-to";

    private const int BasicClass = 60, FrameMax = 131_072, FrameOverhead = 8, Channel = 1;

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly SemaphoreSlim _room;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Action<long> _onConfirmed, _onAnswer;

    // Protects the messages that are not confirmed, by delivery tag.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, long> _unconfirmed = [];
    private NetworkStream _stream = null!;
    private Task _reading = Task.CompletedTask;
    private ulong _lastTag;

    private RawPublisher(int atOnce, Action<long> onConfirmed, Action<long> onAnswer)
    {
        _room = new SemaphoreSlim(atOnce);
        _onConfirmed = onConfirmed;
        _onAnswer = onAnswer;
    }

    /// <summary>Connects.</summary>
    /// <param name="port">The broker's, on 127.0.0.1.</param>
    /// <param name="atOnce">How many messages may be unconfirmed.</param>
    /// <param name="onConfirmed">Hears the numbers of messages that are confirmed.</param>
    /// <param name="onAnswer">Hears the numbers of messages that are answered directly (<c>amq.rabbitmq.reply-to</c>).</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RawPublisher> ConnectAsync(
        int port, int atOnce, Action<long> onConfirmed, Action<long> onAnswer, CancellationToken cancellationToken)
    {
        var publisher = new RawPublisher(atOnce, onConfirmed, onAnswer);
        await publisher._client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        publisher._stream = publisher._client.GetStream();
        await publisher.ShakeHandsAsync(cancellationToken);
        publisher._reading = publisher.ReadConfirmsAsync();
        return publisher;
    }

    /// <summary>Sends a message to a queue; waits while too many are unconfirmed.</summary>
    /// <exception cref="IOException">The broker ended the connection; the message says why.</exception>
    public async Task PublishAsync(string queue, long number, HostileMessage message, CancellationToken cancellationToken)
    {
        await Task.WhenAny(_room.WaitAsync(cancellationToken), _reading);
        await ThrowIfEndedAsync();
        lock (_gate)
        {
            _unconfirmed.Add(++_lastTag, number);
        }

        _output.ResetWrittenCount();
        WriteMethod(Channel, Publish, [0, 0, 0, .. ShortString(queue), 0]);

        var header = new byte[12 + message.Properties.Length];
        BinaryPrimitives.WriteUInt16BigEndian(header, BasicClass);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(4), (ulong)message.Body.Length);
        message.Properties.Span.CopyTo(header.AsSpan(12));
        WriteFrame(Header, Channel, header);
        for (var rest = message.Body; rest.Length > 0;)
        {
            var part = rest[..Math.Min(rest.Length, FrameMax - FrameOverhead)];
            WriteFrame(Body, Channel, part.Span);
            rest = rest[part.Length..];
        }

        await _stream.WriteAsync(_output.WrittenMemory, cancellationToken);
    }

    /// <summary>Waits until all that was sent is confirmed.</summary>
    public async Task WhenConfirmedAsync(CancellationToken cancellationToken)
    {
        while (HasUnconfirmed())
        {
            await ThrowIfEndedAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        try
        {
            await _reading;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It was closed just now.
        }

        _room.Dispose();
    }

    private async Task ShakeHandsAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync("AMQP\0\0\x09\x01"u8.ToArray(), cancellationToken);
        await ExpectAsync(Start);
        await SendAsync(0, StartOk, [0, 0, 0, 0, .. ShortString("PLAIN"), .. LongString("\0guest\0guest"), .. ShortString("en_US")], cancellationToken);
        await ExpectAsync(Tune);
        var tune = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(tune, 10);
        BinaryPrimitives.WriteUInt32BigEndian(tune.AsSpan(2), FrameMax);
        await SendAsync(0, TuneOk, tune, cancellationToken);
        await SendAsync(0, Open, [.. ShortString("/"), 0, 0], cancellationToken);
        await ExpectAsync(OpenOk);
        await SendAsync(Channel, ChannelOpen, [0], cancellationToken);
        await ExpectAsync(ChannelOpenOk);
        const byte NoAck = 2;
        await SendAsync(Channel, Consume, [0, 0, .. ShortString(DirectReply), .. ShortString(""), NoAck, 0, 0, 0, 0], cancellationToken);
        await ExpectAsync(ConsumeOk);
        await SendAsync(Channel, Select, [0], cancellationToken);
        await ExpectAsync(SelectOk);
    }

    private async Task ReadConfirmsAsync()
    {
        while (true)
        {
            var (method, arguments) = await ReadMethodAsync();
            switch (method)
            {
                case Ack:
                    Confirm(BinaryPrimitives.ReadUInt64BigEndian(arguments), multiple: arguments[8] == 1);
                    break;
                case Deliver:
                    await ReadAnswerAsync();
                    break;
                default:
                    throw Ended(method, arguments);
            }
        }
    }

    private async Task ReadAnswerAsync()
    {
        var (_, header) = await ReadFrameAsync();
        if (Trace.NumberIn(header) is { } number)
        {
            _onAnswer(number);
        }

        for (var rest = (long)BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(4)); rest > 0;)
        {
            rest -= (await ReadFrameAsync()).Payload.Length;
        }
    }

    private void Confirm(ulong tag, bool multiple)
    {
        lock (_gate)
        {
            ulong[] tags = multiple ? [.. _unconfirmed.Keys.TakeWhile(key => key <= tag)] : [tag];
            foreach (var confirmed in tags)
            {
                _unconfirmed.Remove(confirmed, out var number);
                _onConfirmed(number);
            }

            _room.Release(tags.Length);
        }
    }

    private bool HasUnconfirmed()
    {
        lock (_gate)
        {
            return _unconfirmed.Count > 0;
        }
    }

    private static IOException Ended(int method, byte[] arguments) =>
        new($"The broker answered {method >> 16}.{method & 0xFFFF}: {Encoding.Latin1.GetString(arguments)}");

    private async Task ExpectAsync(int expected)
    {
        var (method, arguments) = await ReadMethodAsync();
        if (method != expected)
        {
            throw Ended(method, arguments);
        }
    }

    private async Task<(int Method, byte[] Arguments)> ReadMethodAsync()
    {
        while (true)
        {
            var (type, payload) = await ReadFrameAsync();
            if (type != Heartbeat)
            {
                return (BinaryPrimitives.ReadInt32BigEndian(payload), payload[4..]);
            }
        }
    }

    private async Task<(byte Type, byte[] Payload)> ReadFrameAsync()
    {
        var header = new byte[7];
        await _stream.ReadExactlyAsync(header);
        var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(3)) + 1];
        await _stream.ReadExactlyAsync(payload);
        return (header[0], payload[..^1]);
    }

    private async Task ThrowIfEndedAsync()
    {
        if (_reading.IsCompleted)
        {
            await _reading;
        }
    }

    private async Task SendAsync(ushort channel, int method, byte[] arguments, CancellationToken cancellationToken)
    {
        _output.ResetWrittenCount();
        WriteMethod(channel, method, arguments);
        await _stream.WriteAsync(_output.WrittenMemory, cancellationToken);
    }

    private void WriteMethod(ushort channel, int method, ReadOnlySpan<byte> arguments)
    {
        var payload = new byte[4 + arguments.Length];
        BinaryPrimitives.WriteInt32BigEndian(payload, method);
        arguments.CopyTo(payload.AsSpan(4));
        WriteFrame(Method, channel, payload);
    }

    private void WriteFrame(byte type, ushort channel, ReadOnlySpan<byte> payload)
    {
        var header = _output.GetSpan(7);
        header[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(header[1..], channel);
        BinaryPrimitives.WriteUInt32BigEndian(header[3..], (uint)payload.Length);
        _output.Advance(7);
        _output.Write(payload);
        _output.Write([End]);
    }

    private static byte[] ShortString(string text) => [(byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] LongString(string text)
    {
        var bytes = new byte[4 + text.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)text.Length);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(4));
        return bytes;
    }
}
