namespace TaskQueue.Broker.Queues;

/// <summary>The consumers of a queue, and whose turn it is: higher priorities first, in turn among equals.</summary>
/// <param name="singleActive">Whether only one is served at a time, the one that came first.</param>
internal sealed class ConsumerLine(bool singleActive)
{
    private readonly List<Consumer> _all = [], _line = [];

    public int Count => _all.Count;

    public IReadOnlyList<Consumer> All => _all;

    public void Add(Consumer consumer)
    {
        _all.Add(consumer);
        Join(consumer);
    }

    public void Remove(Consumer consumer)
    {
        _all.Remove(consumer);
        Leave(consumer);
        if (singleActive && _all.Count > 0)
        {
            Join(_all[0]);
        }
    }

    /// <summary>Lets one that may take more again stand in line.</summary>
    public void Join(Consumer consumer)
    {
        if (consumer.IsInLine || consumer.IsCancelled || (singleActive && _all[0] != consumer))
        {
            return;
        }

        consumer.IsInLine = true;
        Insert(consumer);
    }

    /// <summary>Whose turn it is, if there is one that can take a message.</summary>
    public Consumer? Next()
    {
        while (_line.Count > 0)
        {
            if (_line[0].CanTake)
            {
                return _line[0];
            }

            Leave(_line[0]);
        }

        return null;
    }

    /// <summary>The first one had its turn.</summary>
    public void Rotate()
    {
        if (_line.Count > 1)
        {
            var first = _line[0];
            _line.RemoveAt(0);
            Insert(first);
        }
    }

    private void Insert(Consumer consumer)
    {
        var place = _line.Count;
        while (place > 0 && _line[place - 1].Priority < consumer.Priority)
        {
            place--;
        }

        _line.Insert(place, consumer);
    }

    private void Leave(Consumer consumer)
    {
        if (consumer.IsInLine)
        {
            consumer.IsInLine = false;
            _line.Remove(consumer);
        }
    }
}
