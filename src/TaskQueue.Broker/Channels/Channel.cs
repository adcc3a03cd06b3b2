using Microsoft.Extensions.Logging;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Connections;
using TaskQueue.Broker.Engine;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Channels;

/// <summary>A channel: what it consumes, has in hand, and waits for. Everything here is done by the engine.</summary>
internal sealed partial class Channel(Session session, ushort number)
{
    private readonly Queue<Command> _suspended = new();
    private State _state = State.Starting;
    private bool _isSuspended;

    private enum State
    {
        Starting,
        Open,
        Closing,
        Ended,
    }

    public Session Session { get; } = session;

    public ushort Number { get; } = number;

    private BrokerEngine Engine => Session.Engine;

    private BrokerTopology Topology => Engine.Topology;

    /// <summary>Does what a command says, or keeps it until it can be done.</summary>
    /// <exception cref="AmqpException">It ends the connection.</exception>
    public void Run(Command command)
    {
        if (_isSuspended)
        {
            _suspended.Enqueue(command);
            return;
        }

        if (_state == State.Closing)
        {
            RunWhileClosing(command.Method);
            return;
        }

        try
        {
            if (_state == State.Starting && command.Method is not ChannelOpen)
            {
                throw new AmqpException(ReplyCode.ChannelError, "expected 'channel.open'");
            }

            RunOpen(command);
        }
        catch (AmqpException error) when (!error.Code.EndsConnection())
        {
            Fail(error, command.Method);
        }
    }

    /// <summary>Gives everything back: the connection or the channel ends.</summary>
    public void End()
    {
        if (_state is State.Ended)
        {
            return;
        }

        LetGo();
        _state = State.Ended;
    }

    /// <summary>Has its consumers take nothing more.</summary>
    public void EndConsumers()
    {
        foreach (var consumer in _consumers.Values.ToList())
        {
            _consumers.Remove(consumer.Tag);
            consumer.Queue.RemoveConsumer(consumer);
        }
    }

    /// <summary>Sends a method.</summary>
    public void Send(Method method) => Session.Send(Number, method);

    /// <summary>Ends the channel for what a client did or did not do.</summary>
    public void Fail(AmqpException error, Method? method)
    {
        Session.LogClosed(this, LevelOf(error, method), error.Message);
        SendConfirms();
        LetGo();
        _state = State.Closing;
        Send(new ChannelClose { Code = (ushort)error.Code, Text = Texts.Short(error.Message), FailedClass = method?.ClassId ?? 0, FailedMethod = method?.MethodId ?? 0 });
    }

    // Clients ask what there is by what closes a channel if there is none; who never acknowledges is worth a look.
    private static LogLevel LevelOf(AmqpException error, Method? method) => method is null ? LogLevel.Warning
        : error.Code is ReplyCode.NotFound or ReplyCode.ResourceLocked or ReplyCode.PreconditionFailed ? LogLevel.Debug
        : LogLevel.Information;

    private void RunOpen(Command command)
    {
        switch (command.Method)
        {
            case BasicPublish publish:
                Publish(publish, command.Publication!);
                break;
            case BasicAck ack:
                Settle(ack.DeliveryTag, ack.Multiple, (queue, message) => queue.Acknowledge(message));
                break;
            case BasicNack nack:
                Settle(nack.DeliveryTag, nack.Multiple, Refusal(nack.Requeue));
                break;
            case BasicReject reject:
                Settle(reject.DeliveryTag, multiple: false, Refusal(reject.Requeue));
                break;
            case BasicGet get:
                Get(get, command);
                break;
            case BasicConsume consume:
                Consume(consume);
                break;
            case BasicCancel cancel:
                Cancel(cancel);
                break;
            case BasicQos qos:
                SetQos(qos);
                break;
            case BasicRecover recover:
                Recover(recover.Requeue, new BasicRecoverOk());
                break;
            case BasicRecoverAsync recover:
                Recover(recover.Requeue, answer: null);
                break;
            case ConfirmSelect select:
                _confirms ??= new ConfirmList();
                Answer(select.NoWait, new ConfirmSelectOk());
                break;
            case ChannelOpen when _state == State.Starting:
                _state = State.Open;
                Send(new ChannelOpenOk());
                break;
            case ChannelOpen:
                throw new AmqpException(ReplyCode.ChannelError, "second 'channel.open' seen");
            case ChannelClose:
                SendConfirms();
                End();
                Session.Remove(this);
                Send(new ChannelCloseOk());
                break;
            case ChannelFlow { Active: true }:
                Send(new ChannelFlowOk { Active = true });
                break;
            case ChannelFlow:
                throw new AmqpException(ReplyCode.NotImplemented, "active=false");
            case AccessRequest:
                Send(new AccessRequestOk());
                break;
            case TxSelect or TxCommit or TxRollback:
                throw new AmqpException(ReplyCode.NotImplemented, "this broker has no transactions; use publisher confirms");
            default:
                RunOnTopology(command.Method!);
                break;
        }
    }

    private void RunWhileClosing(Method? method)
    {
        if (method is ChannelClose)
        {
            Send(new ChannelCloseOk());
        }
        else if (method is not ChannelCloseOk)
        {
            return;
        }

        _state = State.Ended;
        Session.Remove(this);
    }

    private void LetGo()
    {
        if (_state is State.Closing or State.Ended)
        {
            return;
        }

        EndConsumers();
        if (_replies is { } replies)
        {
            Engine.ReplyAddresses.Remove(replies.Address);
            _replies = null;
        }

        GiveBack(_unacked.TakeAll());
        _suspended.Clear();
    }

    private void Suspend() => _isSuspended = true;

    private void Resume(Command command)
    {
        _isSuspended = false;
        if (_state != State.Open)
        {
            return;
        }

        Session.Run(command);
        while (!_isSuspended && _suspended.TryDequeue(out var next))
        {
            Session.Run(next);
        }
    }

    private void Answer(bool noWait, Method method)
    {
        if (!noWait)
        {
            Send(method);
        }
    }

    private void Check(Permission permission, string resource, Func<string, string> text)
    {
        if (!Engine.Access.Allows(Session.Options.User, permission, resource))
        {
            throw new AmqpException(ReplyCode.AccessRefused, $"access to {text(resource)} refused for user '{Session.Options.User}'");
        }
    }

    private void CheckQueue(Permission permission, string queue) => Check(permission, queue, ResourceNames.Queue);

    private void CheckExchange(Permission permission, string exchange) =>
        Check(permission, exchange.Length == 0 ? ResourceNames.DefaultExchange : exchange, ResourceNames.Exchange);
}
