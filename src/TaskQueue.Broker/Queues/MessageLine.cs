namespace TaskQueue.Broker.Queues;

/// <summary>The messages of one priority in the order in which they are delivered.</summary>
/// <param name="returnsFirst">Whether what comes back is delivered before all others, in the order of coming back (quorum queues), or goes to the place where it was.</param>
internal sealed class MessageLine(bool returnsFirst)
{
    private const int LeastRoom = 4;

    private readonly PriorityQueue<QueuedMessage, long> _returned = new();
    private QueuedMessage?[] _ring = [];
    private int _head, _count;
    private long _returns;

    public int Count => _count + _returned.Count;

    public void Add(QueuedMessage message)
    {
        if (_count == _ring.Length)
        {
            Resize(Math.Max(LeastRoom, _count * 2));
        }

        _ring[(_head + _count++) & (_ring.Length - 1)] = message;
    }

    public void Return(QueuedMessage message) => _returned.Enqueue(message, returnsFirst ? _returns++ : message.Id);

    public QueuedMessage? Peek() => ReturnedIsNext() ? _returned.Peek() : _count > 0 ? _ring[_head] : null;

    public QueuedMessage? Take()
    {
        if (ReturnedIsNext())
        {
            return _returned.Dequeue();
        }

        if (_count == 0)
        {
            return null;
        }

        var message = _ring[_head];
        _ring[_head] = null;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        if (_ring.Length > LeastRoom * 16 && _count < _ring.Length / 8)
        {
            Resize(_ring.Length / 4);
        }

        return message;
    }

    /// <summary>A message so far behind the first one, if there are so many; what came back is not counted.</summary>
    public QueuedMessage? Ahead(int places) => places < _count ? _ring[(_head + places) & (_ring.Length - 1)] : null;

    /// <summary>The first ones, in no particular order.</summary>
    public IEnumerable<QueuedMessage> First(int most) => _returned.UnorderedItems.Select(item => item.Element).Take(most)
        .Concat(Enumerable.Range(0, Math.Min(most, _count)).Select(place => Ahead(place)!));

    private bool ReturnedIsNext() => _returned.TryPeek(out var returned, out _) && (returnsFirst || _count == 0 || returned.Id < _ring[_head]!.Id);

    private void Resize(int room)
    {
        var ring = new QueuedMessage?[room];
        for (var place = 0; place < _count; place++)
        {
            ring[place] = _ring[(_head + place) & (_ring.Length - 1)];
        }

        (_ring, _head) = (ring, 0);
    }
}
