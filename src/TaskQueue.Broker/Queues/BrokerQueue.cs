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
    // How many contents are read back from the store together, and how far ahead of their delivery.
    private const int ReadTogether = 512, ReadAhead = 256;
    private const double SoftLimit = 0.8;

    private readonly BrokerEngine _engine;
    private readonly MessageLine[] _lines;
    private readonly List<Action> _whenRead = [];
    private long _readyBytes;
    private bool _isReading, _hadConsumers, _isRefusing;
    private Alarm? _expiry, _unused;

    public BrokerQueue(BrokerEngine engine, string name, QueueArguments arguments)
    {
        (_engine, Name, Arguments) = (engine, name, arguments);
        _lines = new MessageLine[arguments.MaxPriority + 1];
        for (var priority = 0; priority < _lines.Length; priority++)
        {
            _lines[priority] = new MessageLine(returnsFirst: arguments.IsQuorum);
        }

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

    public int Ready { get; private set; }

    public int Unacked { get; private set; }

    /// <summary>Messages in hand of those who asked for one.</summary>
    public int Asked { get; set; }

    /// <summary>Consumers, as they are counted for clients. As in RabbitMQ, a quorum queue counts who asked for a message until he settled it, and does
    /// not count who waits to become the single active consumer.</summary>
    public int ConsumerCount => !Arguments.IsQuorum ? Consumers.Count
        : Asked + (Arguments.SingleActiveConsumer ? Math.Min(Consumers.Count, 1) : Consumers.Count);

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
        if (IsRefusing(content.Body.Length))
        {
            if (Arguments.Overflow == Overflow.RejectPublishDlx)
            {
                DeadLetterContent(content, "maxlen");
            }

            return Acceptance.Rejected;
        }

        var shortest = Math.Min(ttl ?? long.MaxValue, Arguments.MessageTtl ?? long.MaxValue);
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
        Enter(message, _lines[message.Priority].Add);
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
        Enter(message, _lines[message.Priority].Add);
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

            if (Peek() is not { } message || !IsRead(message))
            {
                break;
            }

            Take();
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
        message = Peek();
        if (message is not null && !IsRead(message))
        {
            _whenRead.Add(later);
            return false;
        }

        if (message is not null)
        {
            Take();
            if (!noAck)
            {
                HandOut(message);
            }

            Expire();
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
        Enter(message, _lines[message.Priority].Return);
        if (!Arguments.IsQuorum)
        {
            DropWhileOver();
        }
    }

    public int Purge()
    {
        var purged = Ready;
        while (Take() is { } message)
        {
            Forget(message);
        }

        return purged;
    }

    public void AddConsumer(Consumer consumer)
    {
        _hadConsumers = true;
        if (_unused is not null)
        {
            _unused.IsCancelled = true;
        }

        Consumers.Add(consumer);
    }

    public void RemoveConsumer(Consumer consumer)
    {
        consumer.IsCancelled = true;
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
        if (_unused is not null)
        {
            _unused.IsCancelled = true;
        }

        Purge();
        foreach (var consumer in Consumers.All.ToList())
        {
            consumer.IsCancelled = true;
            Consumers.Remove(consumer);
            consumer.Channel.ConsumerEnded(consumer);
        }
    }

    /// <summary>Somebody used it: its time without use begins anew.</summary>
    public void ResetUnused()
    {
        if (Arguments.ExpiresAfter is not { } after || IsDeleted)
        {
            return;
        }

        if (_unused is not null)
        {
            _unused.IsCancelled = true;
        }

        _unused = Consumers.Count > 0 ? null : _engine.Clock.At(_engine.Clock.Now + after, () => _engine.Topology.DeleteQueue(this));
    }

    /// <summary>Lets go of what waits too long, from the front.</summary>
    public void Expire()
    {
        while (Peek() is { } message && message.ExpiresAt <= _engine.Clock.Now)
        {
            Take();
            DeadLetterMessage(message, "expired");
        }

        ArmExpiry();
    }

    /// <summary>Lets all contents leave the memory that are stored.</summary>
    public void Evict()
    {
        foreach (var message in _lines.SelectMany(line => line.First(int.MaxValue)).Where(message => message.IsEvictable))
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

    private QueuedMessage? Peek()
    {
        for (var priority = _lines.Length - 1; priority >= 0; priority--)
        {
            if (_lines[priority].Peek() is { } message)
            {
                return message;
            }
        }

        return null;
    }

    private QueuedMessage? Take()
    {
        for (var priority = _lines.Length - 1; priority >= 0; priority--)
        {
            if (_lines[priority].Take() is { } message)
            {
                Ready--;
                _readyBytes -= message.Bytes;
                return message;
            }
        }

        return null;
    }

    private void Enter(QueuedMessage message, Action<QueuedMessage> line)
    {
        line(message);
        Ready++;
        _readyBytes += message.Bytes;
    }

    // A classic queue takes nothing that does not fit. A quorum queue takes one too many, and then nothing until a fifth is free.
    private bool IsRefusing(int bytes)
    {
        if (Arguments.Overflow == Overflow.DropHead)
        {
            return false;
        }

        if (!Arguments.IsQuorum)
        {
            return IsOver(Ready + 1, _readyBytes + bytes);
        }

        _isRefusing = IsOver(Ready, _readyBytes) || (_isRefusing && IsOver(Ready, _readyBytes, SoftLimit));
        return _isRefusing;
    }

    private bool IsOver(long messages, long bytes, double part = 1) =>
        messages > (long?)(Arguments.MaxLength * part) || bytes > (long?)(Arguments.MaxBytes * part);

    private void DropWhileOver()
    {
        while (Arguments.Overflow == Overflow.DropHead && IsOver(Ready, _readyBytes) && Take() is { } message)
        {
            DeadLetterMessage(message, "maxlen");
        }
    }

    // Whether it can be delivered; if not, it is being read back from the store.
    private bool IsRead(QueuedMessage message)
    {
        if (message.Content is null || _lines[message.Priority].Ahead(ReadAhead) is { Content: null })
        {
            ReadBack(message);
        }

        return message.Content is not null;
    }

    private void ReadBack(QueuedMessage first)
    {
        if (_isReading)
        {
            return;
        }

        var (wanted, bytes) = (new List<QueuedMessage>(), 0L);
        foreach (var message in _lines[first.Priority].First(ReadTogether).Prepend(first).Where(message => message.Content is null).Distinct())
        {
            wanted.Add(message);
            bytes += message.Bytes;
            if (bytes > _engine.Memory.ReadTogetherBytes)
            {
                break;
            }
        }

        _isReading = true;
        _engine.Persistence.Read(wanted, () =>
        {
            _isReading = false;
            var waiting = _whenRead.ToList();
            _whenRead.Clear();
            waiting.ForEach(ask => ask());
            Deliver();
        });
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
        if (Peek() is not { ExpiresAt: < long.MaxValue } message || _expiry is { } armed && armed.Due <= message.ExpiresAt)
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
