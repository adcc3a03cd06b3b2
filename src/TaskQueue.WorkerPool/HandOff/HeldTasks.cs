using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that this pool has, by which it recognises one that the broker delivers again while it still has it.</summary>
internal sealed class HeldTasks(TimeProvider time)
{
    // A task that ended while its connection was gone is remembered for its redelivery; for no longer than a broker is likely to be away.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(30);
    private const int MostRemembered = 10_000;

    // Protects the two below.
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, PoolTask> _tasks = [];
    private readonly Queue<(Key Key, PoolTask Task, long Since)> _ended = new();

    /// <summary>Looks for the task that this delivery is a repetition of, and that it belongs to from now on.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="task">The task, unless it is none of ours.</param>
    /// <returns>What the delivery is to it.</returns>
    public Adoption Adopt(Delivery delivery, out PoolTask? task)
    {
        task = null;
        if (!delivery.Redelivered || delivery.Properties.MessageId is not { Length: > 0 } messageId)
        {
            return Adoption.None;
        }

        lock (_gate)
        {
            task = _tasks.GetValueOrDefault(new Key(delivery.Queue, messageId));
        }

        return task?.TryAdopt(delivery) ?? Adoption.None;
    }

    /// <summary>Begins to know a task.</summary>
    public void Add(PoolTask task)
    {
        lock (_gate)
        {
            // A publisher may use a message id twice: the first one stays known.
            _tasks.TryAdd(KeyOf(task), task);
        }
    }

    /// <summary>Forgets a task that was settled or let go, at once or when the broker has had the time to deliver it again.</summary>
    public void Remove(PoolTask task)
    {
        lock (_gate)
        {
            if (task.IsLost)
            {
                _ended.Enqueue((KeyOf(task), task, time.GetTimestamp()));
            }
            else
            {
                Forget(KeyOf(task), task);
            }

            while (_ended.TryPeek(out var oldest) && (_ended.Count > MostRemembered || time.GetElapsedTime(oldest.Since) > Remembered))
            {
                _ended.Dequeue();
                Forget(oldest.Key, oldest.Task);
            }
        }
    }

    /// <summary>How many of the tasks that are on our hands the broker has taken back.</summary>
    public int CountLost(string queue)
    {
        lock (_gate)
        {
            return _tasks.Values.Count(task => task.Queue == queue && task.IsLostUnsettled);
        }
    }

    private void Forget(Key key, PoolTask task)
    {
        if (_tasks.TryGetValue(key, out var known) && ReferenceEquals(known, task))
        {
            _tasks.Remove(key);
        }
    }

    private static Key KeyOf(PoolTask task) => new(task.Queue, task.MessageId);

    private readonly record struct Key(string Queue, string MessageId);
}
