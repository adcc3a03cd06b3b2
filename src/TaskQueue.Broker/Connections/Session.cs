using Microsoft.Extensions.Logging;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Channels;
using TaskQueue.Broker.Engine;
using TaskQueue.Broker.Queues;

namespace TaskQueue.Broker.Connections;

/// <summary>An open connection as the engine knows it: its user, its channels, and what is sent to it.</summary>
internal sealed class Session(BrokerEngine engine, Outgoing outgoing, SessionOptions options, ILogger logger)
{
    private readonly Dictionary<ushort, Channel> _channels = [];
    private State _state = State.Open;

    private enum State
    {
        Open,
        Closing,
        Ended,
    }

    public BrokerEngine Engine { get; } = engine;

    public Outgoing Outgoing { get; } = outgoing;

    public SessionOptions Options { get; } = options;

    /// <summary>Queues that go with the connection.</summary>
    public HashSet<BrokerQueue> ExclusiveQueues { get; } = [];

    /// <summary>Whether frames of it still mean something.</summary>
    public bool IsOpen => _state == State.Open;

    public void Open()
    {
        Send(0, new ConnectionOpenOk());
        Engine.Add(this);
    }

    /// <summary>Does what a command says.</summary>
    public void Run(Command command)
    {
        if (_state == State.Ended || (IsOpen && Engine.IsEnding))
        {
            return;
        }

        if (_state == State.Closing)
        {
            RunWhileClosing(command);
            return;
        }

        try
        {
            if (command.Fault is { } fault)
            {
                throw fault;
            }

            if (command.Channel == 0)
            {
                RunOnConnection(command.Method!);
            }
            else
            {
                ChannelOf(command).Run(command);
            }
        }
        catch (AmqpException error)
        {
            Close(error, command.Method);
        }
        catch (Exception error)
        {
            // A fault of ours that this client's command met: it costs him his connection, and nobody else anything.
            logger.CommandFailed(Options.Name, command.Method?.ToString() ?? "", error);
            Close(new AmqpException(ReplyCode.InternalError, "the broker failed at this; its log says more"), command.Method);
        }
    }

    /// <summary>Ends the connection for what a client did, or because the broker ends.</summary>
    public void Close(AmqpException error, Method? method)
    {
        if (_state != State.Open)
        {
            return;
        }

        // Of a broker that ends, other lines tell.
        logger.ConnectionClosed(Engine.IsEnding ? LogLevel.Debug : LogLevel.Warning, Options.Name, Options.User, error.Message);
        _state = State.Closing;
        EndChannels();
        if (error.IsUntold)
        {
            Outgoing.Abort();
            return;
        }

        Send(0, new ConnectionClose { Code = (ushort)error.Code, Text = Texts.Short(error.Message), FailedClass = method?.ClassId ?? 0, FailedMethod = method?.MethodId ?? 0 });
        Outgoing.CloseSoon();
    }

    /// <summary>The connection is gone.</summary>
    public void End()
    {
        if (_state == State.Ended)
        {
            return;
        }

        if (_state == State.Open)
        {
            EndChannels();
        }

        _state = State.Ended;
        Engine.Remove(this);
    }

    public void Send(ushort channel, Method method)
    {
        Outgoing.Append(channel, method);
        Engine.Touch(Outgoing);
    }

    /// <summary>What was sent is read again: consumers may go on.</summary>
    public void Drained()
    {
        foreach (var channel in _channels.Values)
        {
            channel.JoinLines();
        }
    }

    /// <summary>Says that messages are not taken for now, or are again.</summary>
    public void Block(string? reason)
    {
        if (Options.WantsBlocked && IsOpen)
        {
            Send(0, reason is null ? new ConnectionUnblocked() : new ConnectionBlocked { Reason = reason });
        }
    }

    public void Remove(Channel channel) => _channels.Remove(channel.Number);

    public void LogClosed(Channel channel, LogLevel level, string reason) => logger.ChannelClosed(level, channel.Number, Options.Name, reason);

    private Channel ChannelOf(Command command)
    {
        if (_channels.TryGetValue(command.Channel, out var channel))
        {
            return channel;
        }

        if (command.Method is not ChannelOpen)
        {
            throw new AmqpException(ReplyCode.ChannelError, "expected 'channel.open'");
        }

        if (_channels.Count >= Options.ChannelMax)
        {
            throw new AmqpException(
                ReplyCode.NotAllowed, $"number of channels opened ({_channels.Count}) has reached the negotiated channel_max ({Options.ChannelMax})");
        }

        channel = new Channel(this, command.Channel);
        _channels.Add(command.Channel, channel);
        return channel;
    }

    private void RunOnConnection(Method method)
    {
        switch (method)
        {
            case ConnectionClose:
                EndChannels();
                _state = State.Closing;
                Send(0, new ConnectionCloseOk());
                Outgoing.CloseNow();
                break;
            case ConnectionUpdateSecret:
                Send(0, new ConnectionUpdateSecretOk());
                break;
            default:
                throw new AmqpException(ReplyCode.ChannelError, "unexpected method in connection state running");
        }
    }

    private void RunWhileClosing(Command command)
    {
        if (command is { Channel: 0, Method: ConnectionClose })
        {
            Send(0, new ConnectionCloseOk());
            Outgoing.CloseNow();
        }
        else if (command is { Channel: 0, Method: ConnectionCloseOk })
        {
            Outgoing.CloseNow();
        }
    }

    private void EndChannels()
    {
        var channels = _channels.Values.ToList();

        // What one gives back is not for another that ends with it.
        foreach (var channel in channels)
        {
            channel.EndConsumers();
        }

        foreach (var channel in channels)
        {
            channel.End();
        }

        foreach (var queue in ExclusiveQueues.ToList())
        {
            Engine.Topology.DeleteQueue(queue);
        }
    }
}

/// <summary>What was agreed on while a connection was opened.</summary>
/// <param name="Name">What logs call the connection.</param>
/// <param name="FrameMax">The largest frame, with all around its payload; 0 is no limit.</param>
/// <param name="WantsBlocked">Whether it hears of <c>connection.blocked</c>.</param>
/// <param name="WantsCancel">Whether it hears of consumers that the broker ends.</param>
internal sealed record SessionOptions(string Name, string User, int FrameMax, int ChannelMax, bool WantsBlocked, bool WantsCancel);
