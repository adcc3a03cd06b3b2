using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Engine;

/// <summary>How much of messages is held in memory. From half the limit on, what becomes stored is held by the store only; what cannot leave the
/// memory, transient messages and such that somebody has in hand, makes publishers wait at the limit.</summary>
internal sealed class Memory(long limitBytes)
{
    // Of objects, beside their bytes.
    private const int Overhead = 160;

    private long _held, _evictable;

    /// <summary>Whether stored contents should leave the memory.</summary>
    public bool IsTight => _held > limitBytes / 2;

    /// <summary>Whether publishers have to wait.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Whether waiting messages whose contents are stored have to give them up.</summary>
    public bool MustEvict => _held > limitBytes && _evictable > limitBytes / 4;

    /// <summary>How much may be read back from the store together.</summary>
    public long ReadTogetherBytes => Math.Min(limitBytes / 8, 4 << 20);

    public void Add(QueuedMessage message) => _held += SizeOf(message.Content);

    /// <summary>The content is in the store too, and its message waits.</summary>
    public void Offer(QueuedMessage message)
    {
        if (!message.IsEvictable && message.Content is not null)
        {
            message.IsEvictable = true;
            _evictable += SizeOf(message.Content);
        }
    }

    /// <summary>The message waits no more.</summary>
    public void Withdraw(QueuedMessage message)
    {
        if (message.IsEvictable)
        {
            message.IsEvictable = false;
            _evictable -= SizeOf(message.Content);
        }
    }

    /// <summary>Takes the content out of the count, and perhaps out of the message.</summary>
    public void Release(QueuedMessage message, bool forget)
    {
        Withdraw(message);
        _held -= SizeOf(message.Content);
        if (forget)
        {
            message.Content = null;
        }
    }

    public void Update() => IsFull = _held - _evictable > (IsFull ? limitBytes - (limitBytes / 8) : limitBytes);

    private static int SizeOf(StoredContent? content) => content is null ? 0 : content.Body.Length + content.Properties.Length + Overhead;
}
