using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Engine;

/// <summary>How much of messages is held in memory. From half the limit on, what is stored is held by the store only; at the limit, publishers are held back.</summary>
internal sealed class Memory(long limitBytes)
{
    // Of objects, beside their bytes.
    private const int Overhead = 160;

    private long _held;

    /// <summary>Whether stored contents should leave the memory.</summary>
    public bool IsTight => _held > limitBytes / 2;

    /// <summary>Whether publishers have to wait.</summary>
    public bool IsFull { get; private set; }

    public void Add(QueuedMessage message) => _held += SizeOf(message.Content);

    /// <summary>Takes the content out of the count, and perhaps out of the message.</summary>
    public void Release(QueuedMessage message, bool forget)
    {
        _held -= SizeOf(message.Content);
        if (forget)
        {
            message.Content = null;
        }
    }

    public void Update() => IsFull = IsFull ? _held > limitBytes - (limitBytes / 8) : _held > limitBytes;

    private static int SizeOf(StoredContent? content) => content is null ? 0 : content.Body.Length + content.Properties.Length + Overhead;
}
