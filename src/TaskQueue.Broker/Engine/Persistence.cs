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
    private Room _room = Room.ForAll;
    private bool _isWhole;
    private long _lastId;

    private enum Room
    {
        ForAll,

        /// <summary>What adds nothing may be written.</summary>
        ForRemoval,

        /// <summary>Not even that fits.</summary>
        ForNothing,
    }

    /// <summary>Whether there is a store at all.</summary>
    public bool IsDurable => store is not null;

    /// <summary>Whether the store has no room.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Whether nothing waits to be written, or what does has no room.</summary>
    public bool IsIdle => _running is null
        && (_room == Room.ForNothing || (_batch.IsEmpty && (_room == Room.ForRemoval || (_collected.Count == 0 && _confirms.Count == 0))));

    /// <summary>An id that no message had before.</summary>
    public long NextId() => ++_lastId;

    /// <summary>Ids up to this one are taken.</summary>
    public void Skip(long id) => _lastId = id;

    public void Add(QueuedMessage message, BrokerQueue queue)
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

    /// <summary>Starts to write what was collected, unless something is being written, or there was no room for it a moment ago.</summary>
    public void Start()
    {
        if (_running is not null)
        {
            return;
        }

        _isWhole = store is null || _room == Room.ForAll;
        if (_isWhole)
        {
            Collect();
        }

        if (_batch.IsEmpty && _isWhole)
        {
            Finish(null);
        }
        else if (!_batch.IsEmpty && _room != Room.ForNothing)
        {
            (_running, _batch) = (_batch, new StoreBatch());
            store!.Commit(_running, error => engine.Post(new ActionWork(() => Finish(error))));
        }
    }

    private void Collect()
    {
        (_collected, _committing) = (_committing, _collected);
        (_confirms, _confirming) = (_confirming, _confirms);
        foreach (var (message, queue) in _committing)
        {
            if (message is { Durability: Durability.Collected, Content: { } content } && !queue.IsDeleted)
            {
                message.Durability = Durability.Committing;
                _batch.Added.Add(new StoredMessage(
                    new StoredEntry(
                        message.Id,
                        queue.Number,
                        message.Bytes,
                        message.Priority,
                        message.ExpiresAt == long.MaxValue ? null : message.ExpiresAt,
                        message.DeliveryCount,
                        message.Redelivered),
                    content));
            }
        }
    }

    private void Finish(Exception? error)
    {
        if (error is StoreFullException)
        {
            PutBack();
            return;
        }

        if (error is not null)
        {
            engine.Fail(error);
            return;
        }

        IsFull &= !_isWhole;
        foreach (var (message, _) in _committing)
        {
            if (message.Durability == Durability.Committing)
            {
                message.Durability = Durability.Stored;
                engine.Stored(message);
            }
        }

        _committing.Clear();
        _running = null;
        ConfirmAll(_confirming);
    }

    // Nothing was written and nothing is lost: whoever gets a nack may send again. What is removed goes ahead of what is added, for that makes room.
    private void PutBack()
    {
        if (_room == Room.ForAll)
        {
            engine.Clock.At(engine.Clock.Now + (long)RetryWhenFull.TotalMilliseconds, () => _room = Room.ForAll);
        }

        (IsFull, _room) = (true, _isWhole && _running!.Added.Count > 0 ? Room.ForRemoval : Room.ForNothing);
        _confirming.ForEach(confirm => confirm.Channel.Reject(confirm.Sequence));
        _confirming.Clear();
        _committing.RemoveAll(one => one.Message.Durability != Durability.Committing);
        _committing.ForEach(one => one.Message.Durability = Durability.Collected);
        _collected.InsertRange(0, _committing);
        _committing.Clear();
        _batch.PutBefore(_running!);
        _running = null;
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
            engine.Post(new ActionWork(() => engine.Fail(error)));
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Collected(QueuedMessage Message, BrokerQueue Queue);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Confirm(Channel Channel, ulong Sequence);
}
