using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Engine;

namespace TaskQueue.Broker.Connections;

/// <summary>A client's connection: opens it, and reads commands from it until it ends.</summary>
/// <param name="certificateUser">Whom a verified certificate names, or <see langword="null"/>.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no handle of the system.")]
internal sealed class Connection(
    Stream stream, string name, string? certificateUser, BrokerEngine engine, TimeProvider time, ILogger logger)
{
    private const int ReadBytes = 64 * 1024;

    // So many batches may wait for the engine; more are read when it has taken one.
    private const int BatchesAhead = 2;

    private static readonly byte[] ProtocolHeader = "AMQP\0\0\u0009\u0001"u8.ToArray();
    private static readonly TimeSpan HandshakeDeadline = TimeSpan.FromSeconds(10);

    private readonly PipeReader _input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBytes));
    private readonly Outgoing _outgoing = new(stream, time);
    private readonly Dictionary<ushort, ContentAssembler> _contents = [];
    private readonly SemaphoreSlim _ahead = new(BatchesAhead);
    private long _lastReceived;
    private bool _hasPublished, _isHeld;

    /// <summary>Serves the client until it leaves, or is made to.</summary>
    /// <param name="loggedIn">Called when its login is done.</param>
    /// <param name="stopping">The broker ends.</param>
    public async Task RunAsync(Action loggedIn, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, _outgoing.Closed);
        var handshake = new Handshake(_input, _outgoing, engine.Access, name, certificateUser);
        if (await OpenAsync(handshake, ending.Token) is not { } options)
        {
            return;
        }

        loggedIn();
        var session = new Session(engine, _outgoing, options, logger);
        _outgoing.OnDrained = () => engine.Post(new ActionWork(session.Drained));
        engine.Post(new ActionWork(session.Open));
        await using var heart = StartHeart(handshake.HeartbeatSeconds);
        try
        {
            await ReadAsync(session, ending.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            logger.ConnectionEnded(name, error.Message);
        }
        finally
        {
            _outgoing.Abort();
            await engine.AskAsync(() =>
            {
                session.End();
                return true;
            });
        }
    }

    private async Task<SessionOptions?> OpenAsync(Handshake handshake, CancellationToken ending)
    {
        using var deadline = new CancellationTokenSource(HandshakeDeadline, time);
        using var token = CancellationTokenSource.CreateLinkedTokenSource(ending, deadline.Token);
        try
        {
            if (await handshake.RunAsync(token.Token) is { } options)
            {
                return options;
            }

            await stream.WriteAsync(ProtocolHeader, token.Token);
        }
        catch (AmqpException error)
        {
            logger.ConnectionClosed(LogLevel.Warning, name, "", error.Message);
            if (error.IsUntold)
            {
                return null;
            }

            _outgoing.Append(0, new ConnectionClose { Code = (ushort)error.Code, Text = Texts.Short(error.Message) });
            await LastWordsAsync(token.Token);
        }
        catch (UnauthorizedAccessException)
        {
            logger.LoginRefused(name, "");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            logger.ConnectionEnded(name, error.Message);
        }

        return null;
    }

    // The client answers, or closes; what it sends until then does not matter.
    private async Task LastWordsAsync(CancellationToken token)
    {
        try
        {
            _outgoing.Flush();
            while (!(await _input.ReadAsync(token)).IsCompleted)
            {
                _input.AdvanceTo((await _input.ReadAsync(token)).Buffer.End);
                break;
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            logger.ConnectionEnded(name, error.Message);
        }
    }

    private async Task ReadAsync(Session session, CancellationToken ending)
    {
        while (true)
        {
            await WaitForRoomAsync(ending);
            var result = await _input.ReadAsync(ending);
            Volatile.Write(ref _lastReceived, time.GetTimestamp());
            var received = result.Buffer;
            var commands = Parse(ref received, session.Options.FrameMax, out var isBroken);
            _input.AdvanceTo(received.Start, received.End);
            if (commands.Count > 0)
            {
                await _ahead.WaitAsync(ending);
                engine.Post(new CommandBatch(session, commands, () => _ahead.Release()));
            }

            if (isBroken)
            {
                await IgnoreTheRestAsync(ending);
            }

            if (result.IsCompleted || isBroken)
            {
                return;
            }
        }
    }

    // Where publishers are held back, nothing is read from those that publish, as in RabbitMQ.
    private async Task WaitForRoomAsync(CancellationToken ending)
    {
        await _outgoing.WhenUnclogged().WaitAsync(ending);
        if (_hasPublished && engine.WhenReleased is { IsCompleted: false } released)
        {
            Volatile.Write(ref _isHeld, true);
            await released.WaitAsync(ending);
            Volatile.Write(ref _lastReceived, time.GetTimestamp());
            Volatile.Write(ref _isHeld, false);
        }
    }

    private List<Command> Parse(ref ReadOnlySequence<byte> received, int frameMax, out bool isBroken)
    {
        List<Command> commands = [];
        isBroken = false;
        try
        {
            while (FrameParser.TryTake(ref received, frameMax, out var header, out var payload))
            {
                if (Take(header, payload) is { } command)
                {
                    _hasPublished |= command.Publication is not null;
                    commands.Add(command);
                }
            }
        }
        catch (AmqpException error)
        {
            isBroken = true;
            commands.Add(new Command(0, null, null, error));
        }

        return commands;
    }

    private Command? Take(FrameHeader header, ReadOnlySequence<byte> payload)
    {
        if (header.Channel == 0)
        {
            return header.Type switch
            {
                FrameType.Heartbeat => null,
                FrameType.Method => new Command(0, Methods.Read(payload), null, null),
                _ => throw new AmqpException(ReplyCode.UnexpectedFrame, $"type {(byte)header.Type} on channel 0"),
            };
        }

        if (header.Type == FrameType.Heartbeat)
        {
            throw new AmqpException(ReplyCode.UnexpectedFrame, $"a heartbeat on channel {header.Channel}");
        }

        if (!_contents.TryGetValue(header.Channel, out var content))
        {
            content = new ContentAssembler(header.Channel, engine.Limits.MessageBytes);
            _contents.Add(header.Channel, content);
        }

        var command = content.Take(header.Type, payload);
        if (content.HeldBytes > 0 && _contents.Values.Sum(one => one.HeldBytes) > engine.Limits.MessageBytes)
        {
            throw new AmqpException(ReplyCode.ResourceError, "the unfinished messages of this connection's channels are larger together than one message may be");
        }

        return command;
    }

    private async Task IgnoreTheRestAsync(CancellationToken ending)
    {
        while (true)
        {
            var result = await _input.ReadAsync(ending);
            _input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    // Twice as often as agreed, so that what is late is noticed in time, and so is what was sent meanwhile.
    private ITimer? StartHeart(int seconds)
    {
        if (seconds == 0)
        {
            return null;
        }

        _lastReceived = time.GetTimestamp();
        var (period, silence) = (TimeSpan.FromSeconds(seconds) / 2, TimeSpan.FromSeconds(seconds * 2));
        return time.CreateTimer(
            _ =>
            {
                if (!Volatile.Read(ref _isHeld) && time.GetElapsedTime(Volatile.Read(ref _lastReceived)) > silence)
                {
                    logger.ConnectionEnded(name, "missed heartbeats");
                    _outgoing.Abort();
                }
                else if (time.GetElapsedTime(_outgoing.LastSent) >= period)
                {
                    _outgoing.AppendHeartbeat();
                }
            },
            null,
            period,
            period);
    }
}
