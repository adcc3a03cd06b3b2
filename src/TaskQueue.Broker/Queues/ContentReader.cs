using TaskQueue.Broker.Engine;

namespace TaskQueue.Broker.Queues;

/// <summary>Reads the contents of a queue's messages back from the store: many together, and ahead of their delivery.</summary>
/// <param name="engine">What reads.</param>
/// <param name="ready">The queue's messages.</param>
/// <param name="deliver">Called when some were read.</param>
internal sealed class ContentReader(BrokerEngine engine, ReadyMessages ready, Action deliver)
{
    private const int Together = 512, Ahead = 256;

    private readonly List<Action> _waiting = [];
    private bool _isReading;

    /// <summary>Whether a message can be delivered; if not, it is being read.</summary>
    public bool IsRead(QueuedMessage message)
    {
        if (message.Content is null || ready.LineOf(message).Ahead(Ahead) is { Content: null })
        {
            Read(message);
        }

        return message.Content is not null;
    }

    /// <summary>Calls somebody once when what is being read was read.</summary>
    public void Wait(Action later) => _waiting.Add(later);

    private void Read(QueuedMessage first)
    {
        if (_isReading)
        {
            return;
        }

        var (wanted, bytes) = (new List<QueuedMessage>(), 0L);
        foreach (var message in ready.LineOf(first).First(Together).Prepend(first).Where(message => message.Content is null).Distinct())
        {
            wanted.Add(message);
            bytes += message.Bytes;
            if (bytes > engine.Memory.ReadTogetherBytes)
            {
                break;
            }
        }

        _isReading = true;
        engine.Persistence.Read(wanted, () =>
        {
            _isReading = false;
            var waiting = _waiting.ToList();
            _waiting.Clear();
            waiting.ForEach(ask => ask());
            deliver();
        });
    }
}
