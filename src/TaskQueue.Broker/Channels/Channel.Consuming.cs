using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Connections;
using TaskQueue.Broker.Engine;
using TaskQueue.Broker.Messages;
using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Channels;

/// <content>Consuming, getting and settling.</content>
internal sealed partial class Channel
{
    // What a consumer of a quorum queue without a limit of its own may have in hand, as in RabbitMQ.
    private const int QuorumPrefetch = 2000;

    private readonly Dictionary<string, Consumer> _consumers = [];
    private readonly UnackedList _unacked = new();
    private ulong _nextTag = 1;
    private int _prefetch, _channelPrefetch, _consumerUnacked;
    private Alarm? _timeout;

    /// <summary>Whether the channel's own limit lets consumers have more.</summary>
    public bool HasCredit => _channelPrefetch == 0 || _consumerUnacked < _channelPrefetch;

    /// <summary>Sends a message to a consumer, and remembers it unless nobody will settle it.</summary>
    public void Deliver(Consumer consumer, QueuedMessage message)
    {
        var tag = _nextTag++;
        if (!consumer.NoAck)
        {
            consumer.Unacked++;
            _consumerUnacked++;
            Remember(new Unacked(tag, message, consumer.Queue, consumer, Engine.Clock.Now));
        }

        var content = message.Content!;
        SendContent(
            new BasicDeliver
            {
                ConsumerTag = consumer.Tag,
                DeliveryTag = tag,
                Redelivered = message.Redelivered,
                Exchange = content.Exchange,
                RoutingKey = content.RoutingKey,
            },
            content,
            PropertiesOf(consumer.Queue, message, countsFirst: false));
    }

    /// <summary>A queue is gone, and its consumer with it.</summary>
    public void ConsumerEnded(Consumer consumer)
    {
        if (_consumers.Remove(consumer.Tag) && Session is { IsOpen: true, Options.WantsCancel: true } && _state == State.Open)
        {
            Send(new BasicCancel { ConsumerTag = consumer.Tag, NoWait = true });
        }
    }

    /// <summary>Consumers that could not take more perhaps can again.</summary>
    public void JoinLines()
    {
        foreach (var consumer in _consumers.Values.Where(consumer => !consumer.IsInLine && consumer.CanTake).ToList())
        {
            consumer.Queue.Consumers.Join(consumer);
            consumer.Queue.Deliver();
        }
    }

    private void Consume(BasicConsume method)
    {
        if (method.Queue == ResourceNames.ReplyTo)
        {
            ConsumeReplies(method);
            return;
        }

        var name = NameOrLast(method.Queue);
        if (_consumers.ContainsKey(method.ConsumerTag))
        {
            throw new AmqpException(ReplyCode.NotAllowed, $"attempt to reuse consumer tag '{method.ConsumerTag}'");
        }

        CheckQueue(Permission.Read, name);
        var queue = Topology.Queue(name);
        queue.CheckAccess(Session);
        var quorum = queue.Arguments.IsQuorum;
        var arguments = ArgumentTable.Read(method.Arguments);
        var priority = PriorityOf(arguments, queue);
        if (quorum && _channelPrefetch > 0)
        {
            throw new AmqpException(ReplyCode.NotImplemented, $"{queue.Resource} does not support global qos");
        }

        if (!quorum && IsInExclusiveUse(queue, method.Exclusive))
        {
            throw new AmqpException(ReplyCode.AccessRefused, $"{queue.Resource} in exclusive use");
        }

        var consumer = new Consumer
        {
            Tag = method.ConsumerTag.Length > 0 ? method.ConsumerTag : ResourceNames.Made("amq.ctag"),
            Channel = this,
            Queue = queue,
            NoAck = method.NoAck,
            IsExclusive = method.Exclusive && !quorum,
            Priority = priority,
            Prefetch = _prefetch == 0 && quorum ? QuorumPrefetch : _prefetch,
        };
        _consumers.Add(consumer.Tag, consumer);
        Answer(method.NoWait, new BasicConsumeOk { ConsumerTag = consumer.Tag });
        queue.AddConsumer(consumer);
        queue.Deliver();
    }

    private static bool IsInExclusiveUse(BrokerQueue queue, bool exclusive) =>
        queue.Consumers.All.Any(consumer => consumer.IsExclusive) || (exclusive && (queue.Consumers.Count > 0 || queue.Arguments.SingleActiveConsumer));

    private static long PriorityOf(ArgumentTable arguments, BrokerQueue queue)
    {
        if (arguments["x-priority"] is not { } argument)
        {
            return 0;
        }

        return argument.Integer ?? throw new AmqpException(
            ReplyCode.PreconditionFailed, $"invalid arg 'x-priority' for {queue.Resource}: \"expected integer, got {argument.TypeName}\"");
    }

    private void Cancel(BasicCancel method)
    {
        if (CancelReplies(method))
        {
            return;
        }

        Answer(method.NoWait, new BasicCancelOk { ConsumerTag = method.ConsumerTag });
        if (_consumers.Remove(method.ConsumerTag, out var consumer))
        {
            consumer.Queue.RemoveConsumer(consumer);
        }
    }

    private void Get(BasicGet method, Command command)
    {
        var name = NameOrLast(method.Queue);
        CheckQueue(Permission.Read, name);
        var queue = Topology.Queue(name);
        queue.CheckAccess(Session);
        if (queue.Arguments is { IsQuorum: true, SingleActiveConsumer: true })
        {
            throw new AmqpException(
                ReplyCode.ResourceLocked,
                $"cannot obtain access to locked {queue.Resource}. basic.get operations are not supported by quorum queues with single active consumer");
        }

        if (!queue.TryGet(method.NoAck, () => Resume(command), out var message))
        {
            Suspend();
            return;
        }

        if (message?.Content is not { } content)
        {
            Send(new BasicGetEmpty());
            return;
        }

        var tag = _nextTag++;
        SendContent(
            new BasicGetOk
            {
                DeliveryTag = tag,
                Redelivered = message.Redelivered,
                Exchange = content.Exchange,
                RoutingKey = content.RoutingKey,
                Messages = (uint)queue.Ready,
            },
            content,
            PropertiesOf(queue, message, countsFirst: true));
        if (method.NoAck)
        {
            queue.Forget(message);
        }
        else
        {
            queue.Asked++;
            Remember(new Unacked(tag, message, queue, null, Engine.Clock.Now));
        }
    }

    private void SetQos(BasicQos method)
    {
        if (method.PrefetchSize != 0)
        {
            throw new AmqpException(ReplyCode.NotImplemented, $"prefetch_size!=0 ({method.PrefetchSize})");
        }

        if (method.Global)
        {
            _channelPrefetch = method.PrefetchCount;
        }
        else
        {
            (_prefetch, _channelPrefetch) = (method.PrefetchCount, 0);
        }

        Send(new BasicQosOk());
        JoinLines();
    }

    private static Action<BrokerQueue, QueuedMessage> Refusal(bool requeue) =>
        requeue ? (queue, message) => queue.Requeue(message) : (queue, message) => queue.Reject(message);

    private void Settle(ulong tag, bool multiple, Action<BrokerQueue, QueuedMessage> how)
    {
        if (!multiple)
        {
            if (!_unacked.TryTake(tag, out var one))
            {
                throw UnknownTag(tag);
            }

            how(one.Queue, one.Message!);
            Settled(one);
            one.Queue.Deliver();
            Rejoin(one.Consumer);
            return;
        }

        var taken = tag == 0 ? _unacked.TakeAll() : _unacked.TakeUpTo(tag);
        if (taken.Count == 0 && tag != 0)
        {
            throw UnknownTag(tag);
        }

        SettleAll(taken, how);
    }

    private static AmqpException UnknownTag(ulong tag) => new(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}");

    private void Recover(bool requeue, Method? answer)
    {
        if (!requeue)
        {
            throw new AmqpException(ReplyCode.NotImplemented, "requeue=false");
        }

        Answer(answer is null, answer!);
        GiveBack(_unacked.TakeAll());
    }

    private void GiveBack(List<Unacked> taken) => SettleAll(taken, (queue, message) => queue.Requeue(message));

    private void SettleAll(List<Unacked> taken, Action<BrokerQueue, QueuedMessage> how)
    {
        foreach (var one in taken)
        {
            how(one.Queue, one.Message!);
            Settled(one);
        }

        foreach (var queue in taken.Select(one => one.Queue).Distinct())
        {
            queue.Deliver();
        }

        foreach (var consumer in taken.Select(one => one.Consumer).Distinct())
        {
            Rejoin(consumer);
        }
    }

    private void Settled(Unacked one)
    {
        if (one.Consumer is { } consumer)
        {
            consumer.Unacked--;
            _consumerUnacked--;
            consumer.Queue.Lingering -= consumer is { IsCancelled: true, Unacked: 0 } ? 1 : 0;
        }
        else
        {
            one.Queue.Asked--;
        }
    }

    private void Rejoin(Consumer? consumer)
    {
        if (_channelPrefetch > 0)
        {
            JoinLines();
        }
        else if (consumer is { IsInLine: false, IsCancelled: false, CanTake: true })
        {
            consumer.Queue.Consumers.Join(consumer);
            consumer.Queue.Deliver();
        }
    }

    private void SendContent(Method method, StoredContent content, ReadOnlyMemory<byte> properties)
    {
        Session.Outgoing.Append(Number, method, properties.Span, content.Body.Span);
        Engine.Touch(Session.Outgoing);
    }

    // Quorum queues say how often a message came back; who asks for one is also told that it did not.
    private static ReadOnlyMemory<byte> PropertiesOf(BrokerQueue queue, QueuedMessage message, bool countsFirst)
    {
        var properties = message.Content!.Properties;
        return queue.Arguments.IsQuorum && (countsFirst || message.DeliveryCount > 0)
            ? HeaderTable.Change(properties, headers => headers.PrependInt64("x-delivery-count", message.DeliveryCount))
            : properties;
    }

    private void Remember(Unacked entry)
    {
        _unacked.Add(entry);
        _timeout ??= Engine.Clock.At(DeadlineOf(entry), CheckTimeout);
    }

    private long DeadlineOf(Unacked entry) =>
        entry.DeliveredAt + (entry.Queue.Arguments.ConsumerTimeout ?? Engine.Limits.ConsumerTimeoutMilliseconds);

    private void CheckTimeout()
    {
        _timeout = null;
        if (_state != State.Open || _unacked.Count == 0)
        {
            return;
        }

        var late = _unacked.All().MinBy(DeadlineOf);
        if (DeadlineOf(late) > Engine.Clock.Now)
        {
            _timeout = Engine.Clock.At(DeadlineOf(late), CheckTimeout);
            return;
        }

        var timeout = DeadlineOf(late) - late.DeliveredAt;
        Fail(
            new AmqpException(
                ReplyCode.PreconditionFailed, $"delivery acknowledgement on channel {Number} timed out. Timeout value used: {timeout} ms. This timeout value can be configured"),
            method: null);
    }
}
