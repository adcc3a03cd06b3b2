namespace TaskQueue.Broker.Queues;

/// <summary>The messages of a queue that wait for their delivery: those of a higher priority first.</summary>
internal sealed class ReadyMessages
{
    private readonly MessageLine[] _lines;

    public ReadyMessages(QueueArguments arguments)
    {
        _lines = new MessageLine[arguments.MaxPriority + 1];
        for (var priority = 0; priority < _lines.Length; priority++)
        {
            _lines[priority] = new MessageLine(returnsFirst: arguments.IsQuorum);
        }
    }

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>All of them, in no particular order.</summary>
    public IEnumerable<QueuedMessage> All => _lines.SelectMany(line => line.First(int.MaxValue));

    /// <summary>Those of a message's priority.</summary>
    public MessageLine LineOf(QueuedMessage message) => _lines[message.Priority];

    /// <summary>Adds one that is new in the queue.</summary>
    public void Add(QueuedMessage message)
    {
        LineOf(message).Add(message);
        Count++;
        Bytes += message.Bytes;
    }

    /// <summary>Adds one that was delivered, and comes back.</summary>
    public void Return(QueuedMessage message)
    {
        LineOf(message).Return(message);
        Count++;
        Bytes += message.Bytes;
    }

    public QueuedMessage? Peek()
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

    public QueuedMessage? Take()
    {
        for (var priority = _lines.Length - 1; priority >= 0; priority--)
        {
            if (_lines[priority].Take() is { } message)
            {
                Count--;
                Bytes -= message.Bytes;
                return message;
            }
        }

        return null;
    }
}
