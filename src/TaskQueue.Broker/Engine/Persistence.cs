using System.Runtime.InteropServices;
using TaskQueue.Broker.Channels;
using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Engine;

/// <summary>Collects what has to become durable while the last batch is being written, and confirms what is durable.</summary>
internal sealed class Persistence(IMessageStore? store, BrokerEngine engine)
{
    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromSeconds(1);

    private List<Collected> _collected = [], _committing = [];
    private List<Confirm> _confirms = [], _confirming = [];
    private StoreBatch _batch = new();
    private StoreBatch? _running;
    private long _lastId;

    /// <summary>Whether there is a store at all.</summary>
    public bool IsDurable => store is not null;

    /// <summary>Whether the store has no room.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Whether nothing waits to be written.</summary>
    public bool IsIdle => _running is null && _collected.Count == 0 && _confirms.Count == 0 && _batch.IsEmpty;

    /// <summary>An id that no message had before.</summary>
    public long NextId() => ++_lastId;

    /// <summary>Ids up to this one are taken.</summary>
    public void Skip(long id) => _lastId = Math.Max(_lastId, id);

    public void Add(QueuedMessage message, int queue)
    {
        message.Durability = Durability.Collected;
        _collected.Add(new Collected(message, queue));
    }

    /// <summary>A message is settled.</summary>
    public void Remove(QueuedMessage message)
    {
        if (message.Durability is Durability.Committing or Durability.Stored)
        {
            _batch.Removed.Add(message.Id);
        }

        message.Durability = Durability.Gone;
    }

    /// <summary>A message came back.</summary>
    public void Change(QueuedMessage message)
    {
        if (message.Durability is Durability.Committing or Durability.Stored)
        {
            _batch.Changed.Add(new MessageChange(message.Id, message.DeliveryCount, message.Redelivered));
        }
    }

    public void Change(TopologyChange change)
    {
        if (store is not null)
        {
            _batch.Topology.Add(change);
        }
    }

    /// <summary>Confirms a message as soon as all that is collected now is durable.</summary>
    public void ConfirmLater(Channel channel, ulong sequence) => _confirms.Add(new Confirm(channel, sequence));

    /// <summary>Reads contents back; the engine does the rest when they are there.</summary>
    public void Read(IReadOnlyList<QueuedMessage> messages, Action done) => _ = ReadAsync(messages, done);

    /// <summary>Starts to write what was collected, unless something is being written.</summary>
    public void Start()
    {
        if (store is null || _running is not null || (_collected.Count == 0 && _batch.IsEmpty))
        {
            if (_running is null && _confirms.Count > 0)
            {
                ConfirmAll(_confirms);
            }

            return;
        }

        (_collected, _committing) = (_committing, _collected);
        (_confirms, _confirming) = (_confirming, _confirms);
        foreach (var (message, queue) in _committing)
        {
            if (message is { Durability: Durability.Collected, Content: { } content })
            {
                message.Durability = Durability.Committing;
                _batch.Added.Add(new StoredMessage(
                    new StoredEntry(
                        message.Id,
                        queue,
                        message.Bytes,
                        message.Priority,
                        message.ExpiresAt == long.MaxValue ? null : message.ExpiresAt,
                        message.DeliveryCount,
                        message.Redelivered),
                    content));
            }
        }

        (_running, _batch) = (_batch, new StoreBatch());
        Commit();
    }

    private void Commit()
    {
        if (_running!.IsEmpty)
        {
            Finish(null);
        }
        else
        {
            store!.Commit(_running, error => engine.Post(new ActionWork(() => Finish(error))));
        }
    }

    private void Finish(Exception? error)
    {
        if (error is StoreFullException)
        {
            // Nothing is lost: the batch stays, and whoever gets a nack may send again.
            IsFull = true;
            _confirming.ForEach(confirm => confirm.Channel.Reject(confirm.Sequence));
            _confirming.Clear();
            engine.Clock.At(engine.Clock.Now + (long)RetryWhenFull.TotalMilliseconds, Commit);
            return;
        }

        if (error is not null)
        {
            engine.Fail(error);
            return;
        }

        IsFull = false;
        foreach (var (message, _) in _committing)
        {
            if (message.Durability == Durability.Committing)
            {
                message.Durability = Durability.Stored;
                engine.IsStored(message);
            }
        }

        _committing.Clear();
        _running = null;
        ConfirmAll(_confirming);
    }

    private static void ConfirmAll(List<Confirm> confirms)
    {
        confirms.ForEach(confirm => confirm.Channel.Accept(confirm.Sequence));
        confirms.Clear();
    }

    private async Task ReadAsync(IReadOnlyList<QueuedMessage> messages, Action done)
    {
        try
        {
            var contents = await store!.ReadAsync([.. messages.Select(message => message.Id)], CancellationToken.None);
            engine.Post(new ActionWork(() =>
            {
                for (var i = 0; i < messages.Count; i++)
                {
                    if (messages[i].Content is null && messages[i].Durability != Durability.Gone && contents[i] is { } content)
                    {
                        messages[i].Content = content;
                        engine.Memory.Add(messages[i]);
                        if (!messages[i].IsOut)
                        {
                            engine.Memory.Offer(messages[i]);
                        }
                    }
                }

                done();
            }));
        }
        catch (Exception error)
        {
            // Whatever keeps us from reading what is ours ends the broker, as what keeps us from writing does.
            engine.Fail(error);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Collected(QueuedMessage Message, int Queue);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Confirm(Channel Channel, ulong Sequence);
}
