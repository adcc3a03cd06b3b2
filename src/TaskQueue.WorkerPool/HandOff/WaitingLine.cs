namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that wait for a process, first come first.</summary>
internal sealed class WaitingLine
{
    private readonly LinkedList<PoolTask> _tasks = [];

    /// <summary>How many wait.</summary>
    public int Count => _tasks.Count;

    /// <summary>All of them, as they stand now.</summary>
    public IReadOnlyList<PoolTask> All => [.. _tasks];

    /// <summary>Puts a task behind the others.</summary>
    public void Add(PoolTask task) => _tasks.AddLast(task);

    /// <summary>Puts a task before the others, which came later.</summary>
    public void AddFirst(PoolTask task) => _tasks.AddFirst(task);

    /// <summary>Takes the one whose turn it is. There has to be one.</summary>
    public PoolTask TakeFirst()
    {
        var first = _tasks.First!.Value;
        _tasks.RemoveFirst();
        return first;
    }

    /// <summary>Takes all.</summary>
    public PoolTask[] TakeAll()
    {
        PoolTask[] all = [.. _tasks];
        _tasks.Clear();
        return all;
    }

    /// <summary>Takes the one with a message id, if there is one.</summary>
    public PoolTask? TakeOut(string messageId)
    {
        var task = _tasks.FirstOrDefault(task => task.MessageId == messageId);
        if (task is not null)
        {
            _tasks.Remove(task);
        }

        return task;
    }

    /// <summary>Takes some: the latest are asked about first, for they have to wait the longest.</summary>
    /// <param name="isUnwanted">Whether to take a task that has so many before it.</param>
    public List<PoolTask> TakeOut(Func<PoolTask, int, bool> isUnwanted)
    {
        List<PoolTask> taken = [];
        var before = _tasks.Count - 1;
        for (var node = _tasks.Last; node is not null; before--)
        {
            var previous = node.Previous;
            if (isUnwanted(node.Value, before))
            {
                _tasks.Remove(node);
                taken.Add(node.Value);
            }

            node = previous;
        }

        return taken;
    }
}
