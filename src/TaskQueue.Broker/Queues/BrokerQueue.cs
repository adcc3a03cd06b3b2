using TaskQueue.Amqp;
using TaskQueue.Broker.Connections;
using TaskQueue.Broker.Engine;
using TaskQueue.Broker.Messages;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Queues;

/// <summary>A queue: its messages, and who takes them. Everything here is done by the engine.</summary>
internal sealed class BrokerQueue
{
    private readonly BrokerEngine _engine;
    private readonly ReadyMessages _ready;
    private readonly LengthLimit _limit;
    private readonly ContentReader _contents;
    private readonly UnusedTimer _unused;
    private bool _hadConsumers;
    private Alarm? _expiry;

    public BrokerQueue(BrokerEngine engine, string name, QueueArguments arguments)
    {
        (_engine, Name, Arguments) = (engine, name, arguments);
        _ready = new ReadyMessages(arguments);
        _limit = new LengthLimit(arguments, _ready);
        _contents = new ContentReader(engine, _ready, () => Deliver());
        _unused = new UnusedTimer(engine, this);
        Consumers = new ConsumerLine(arguments.SingleActiveConsumer);
    }

    public string Name { get; }

    public QueueArguments Arguments { get; }

    /// <summary>Its number in the store, or 0.</summary>
    public int Number { get; init; }

    public bool IsDurable => Number != 0;

    public required bool DeclaredDurable { get; init; }

    public bool IsAutoDelete { get; init; }

    /// <summary>The only connection that may use it.</summary>
    public Session? Owner { get; init; }

    public bool IsDeleted { get; private set; }

    public HashSet<(Exchange Exchange, Binding Binding)> Bindings { get; } = [];

    public ConsumerLine Consumers { get; }

    public int Ready => _ready.Count;

    public int Unacked { get; private set; }

    /// <summary>Messages in hand of those who asked for one.</summary>
    public int Asked { get; set; }

    /// <summary>Consumers that were cancelled and have messages in hand.</summary>
    public int Lingering { get; set; }

    /// <summary>Consumers, as they are counted for clients. As in RabbitMQ, a quorum queue counts who asked for a message, or was cancelled, until he settled what
    /// he has, and does not count who waits to become the single active consumer.</summary>
    public int ConsumerCount => !Arguments.IsQuorum ? Consumers.Count
        : Asked + Lingering + (Arguments.SingleActiveConsumer ? Math.Min(Consumers.Count, 1) : Consumers.Count);

    /// <summary>The number of the last message that was routed here.</summary>
    public long RoutedTo { get; set; }

    public string Resource => ResourceNames.Queue(Name);

    /// <exception cref="AmqpException">It belongs to another connection.</exception>
    public void CheckAccess(Session session)
    {
        if (Owner is not null && Owner != session)
        {
            throw Locked();
        }
    }

    public AmqpException Locked() => new(
        ReplyCode.ResourceLocked,
        $"cannot obtain exclusive access to locked {Resource}. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.");

    /// <summary>Takes a message in.</summary>
    /// <returns>What can be said to the publisher.</returns>
    public Acceptance Publish(StoredContent content, bool isPersistent, byte? priority, long? ttl)
    {
        if (_limit.Refuses(content.Body.Length))
        {
            if (Arguments.Overflow == Overflow.RejectPublishDlx)
            {
                DeadLetterContent(content, "maxlen");
            }

            return Acceptance.Rejected;
        }

        // A quorum queue lets go of what is not taken within its first millisecond, a classic one of what cannot be taken at once.
        var shortest = Math.Max(Math.Min(ttl ?? long.MaxValue, Arguments.MessageTtl ?? long.MaxValue), Arguments.IsQuorum ? 1 : 0);
        var message = new QueuedMessage
        {
            Id = _engine.Persistence.NextId(),
            Content = content,
            Bytes = content.Body.Length,
            Priority = (byte)Math.Min(priority ?? 0, Arguments.MaxPriority),
            ExpiresAt = shortest == long.MaxValue ? long.MaxValue : _engine.Clock.Now + shortest,
        };
        var persist = IsDurable && (isPersistent || Arguments.IsQuorum);
        if (persist)
        {
            _engine.Persistence.Add(message, this);
        }

        _engine.Memory.Add(message);
        _ready.Add(message);
        // What nobody has to wait for does not expire.
        Deliver(expire: Ready > 1 || Arguments.IsQuorum);
        return persist ? Acceptance.WhenStored : Acceptance.Now;
    }

    /// <summary>A message that was there when the broker started.</summary>
    public void Restore(StoredEntry entry)
    {
        var message = new QueuedMessage
        {
            Id = entry.Id,
            Bytes = entry.Bytes,
            Priority = (byte)Math.Min(entry.Priority, Arguments.MaxPriority),
            ExpiresAt = entry.ExpiresAt ?? long.MaxValue,
            DeliveryCount = entry.DeliveryCount,
            Redelivered = entry.Redelivered,
            Durability = Durability.Stored,
        };
        _ready.Add(message);
    }

    /// <summary>Hands out what waits, while somebody can take it.</summary>
    public void Deliver(bool expire = true)
    {
        while (!_engine.IsEnding && Consumers.Next() is { } consumer)
        {
            if (expire)
            {
                Expire();
            }

            if (_ready.Peek() is not { } message || !_contents.IsRead(message))
            {
                break;
            }

            _ready.Take();
            if (consumer.NoAck)
            {
                consumer.Channel.Deliver(consumer, message);
                Forget(message);
            }
            else
            {
                HandOut(message);
                consumer.Channel.Deliver(consumer, message);
                if (_engine.Memory.IsTight && message.Durability == Durability.Stored)
                {
                    _engine.Memory.Release(message, forget: true);
                }
            }

            Consumers.Rotate();
        }

        DropWhileOver();
        Expire();
    }

    /// <summary>The next message, for a client that asks for one.</summary>
    /// <param name="later">Called when it is worth asking again, if this cannot be said now.</param>
    /// <returns>Whether it can be said now.</returns>
    public bool TryGet(bool noAck, Action later, out QueuedMessage? message)
    {
        Expire();
        ResetUnused();
        message = _ready.Peek();
        if (message is not null && !_contents.IsRead(message))
        {
            _contents.Wait(later);
            return false;
        }

        if (message is not null)
        {
            _ready.Take();
            if (!noAck)
            {
                HandOut(message);
            }

            // What is left in a quorum queue is counted before it is looked at.
            if (Arguments.IsQuorum)
            {
                ArmExpiry();
            }
            else
            {
                Expire();
            }
        }

        return true;
    }

    /// <summary>A message is done with.</summary>
    public void Forget(QueuedMessage message)
    {
        if (message.Durability == Durability.Gone)
        {
            return;
        }

        _engine.Memory.Release(message, forget: false);
        if (IsDeleted)
        {
            // The store forgets it with its queue.
            message.Durability = Durability.Gone;
        }
        else
        {
            _engine.Persistence.Remove(message);
        }
    }

    /// <summary>A delivered message is done with.</summary>
    public void Acknowledge(QueuedMessage message)
    {
        Unacked--;
        Forget(message);
    }

    /// <summary>A delivered message is refused.</summary>
    public void Reject(QueuedMessage message)
    {
        Unacked--;
        DeadLetterMessage(message, "rejected");
    }

    /// <summary>A delivered message comes back. Who has given back all should then call <see cref="Deliver"/>.</summary>
    public void Requeue(QueuedMessage message)
    {
        Unacked--;
        if (IsDeleted)
        {
            Forget(message);
            return;
        }

        message.IsOut = false;
        if (message.Durability == Durability.Stored)
        {
            _engine.Memory.Offer(message);
        }

        message.Redelivered = true;
        message.DeliveryCount++;
        if (Arguments.DeliveryLimit is { } limit && message.DeliveryCount > limit)
        {
            DeadLetterMessage(message, "delivery_limit");
            return;
        }

        _engine.Persistence.Change(message);
        _ready.Return(message);
        if (!Arguments.IsQuorum)
        {
            DropWhileOver();
        }
    }

    public int Purge()
    {
        var purged = Ready;
        while (_ready.Take() is { } message)
        {
            Forget(message);
        }

        return purged;
    }

    public void AddConsumer(Consumer consumer)
    {
        _hadConsumers = true;
        _unused.Stop();
        Consumers.Add(consumer);
    }

    public void RemoveConsumer(Consumer consumer)
    {
        consumer.IsCancelled = true;
        Lingering += consumer.Unacked > 0 ? 1 : 0;
        Consumers.Remove(consumer);
        ResetUnused();
        if (IsAutoDelete && _hadConsumers && Consumers.Count == 0)
        {
            _engine.Topology.DeleteQueue(this);
        }
        else
        {
            Deliver();
        }
    }

    /// <summary>Forgets everything; the topology does the rest.</summary>
    public void Delete()
    {
        IsDeleted = true;
        _unused.Stop();
        Purge();

        // Each channel hears of its consumers in the order of their tags, as in RabbitMQ.
        foreach (var consumer in Consumers.All.OrderBy(consumer => consumer.Tag, StringComparer.Ordinal).ToList())
        {
            consumer.IsCancelled = true;
            Consumers.Remove(consumer);
            consumer.Channel.ConsumerEnded(consumer);
        }
    }

    /// <summary>Somebody used it: its time without use begins anew.</summary>
    public void ResetUnused() => _unused.Reset();

    /// <summary>Lets go of what waits too long, from the front.</summary>
    public void Expire()
    {
        while (_ready.Peek() is { } message && message.ExpiresAt <= _engine.Clock.Now)
        {
            _ready.Take();
            DeadLetterMessage(message, "expired");
        }

        ArmExpiry();
    }

    /// <summary>Lets all contents leave the memory that are stored.</summary>
    public void Evict()
    {
        foreach (var message in _ready.All.Where(message => message.IsEvictable))
        {
            _engine.Memory.Release(message, forget: true);
        }
    }

    private void HandOut(QueuedMessage message)
    {
        Unacked++;
        message.IsOut = true;
        _engine.Memory.Withdraw(message);
    }

    private void DropWhileOver()
    {
        while (_limit.DropsHead && _ready.Take() is { } message)
        {
            DeadLetterMessage(message, "maxlen");
        }
    }

    private void DeadLetterMessage(QueuedMessage message, string reason)
    {
        if (Arguments.DeadLetterExchange is null || IsDeleted)
        {
            Forget(message);
        }
        else if (message.Content is { } content)
        {
            DeadLetterContent(content, reason);
            Forget(message);
        }
        else
        {
            // Only when it was read it leaves the store, together with its coming into others.
            _engine.Persistence.Read([message], () =>
            {
                if (message.Content is { } read && !IsDeleted)
                {
                    DeadLetterContent(read, reason);
                }

                Forget(message);
            });
        }
    }

    private void DeadLetterContent(StoredContent content, string reason)
    {
        if (Arguments.DeadLetterExchange is { } exchange)
        {
            _engine.DeadLetters.Enqueue(new DyingMessage(content, Name, reason, exchange, Arguments.DeadLetterKey));
        }
    }

    private void ArmExpiry()
    {
        if (_ready.Peek() is not { ExpiresAt: < long.MaxValue } message || _expiry is { } armed && armed.Due <= message.ExpiresAt)
        {
            return;
        }

        if (_expiry is not null)
        {
            _expiry.IsCancelled = true;
        }

        _expiry = _engine.Clock.At(message.ExpiresAt, () =>
        {
            _expiry = null;
            Expire();
        });
    }
}

/// <summary>What can be said to the publisher of a message.</summary>
internal enum Acceptance
{
    /// <summary>It is in the queue.</summary>
    Now,

    /// <summary>It is in the queue, and will be in the store.</summary>
    WhenStored,

    /// <summary>The queue is full.</summary>
    Rejected,
}
