using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that this pool has, by which it recognises one that the broker delivers again while it still runs.</summary>
internal sealed class RunningTasks(TimeProvider time)
{
    // A task that ended while its connection was gone is remembered for its redelivery; for no longer than a broker is likely to be away.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(30);
    private const int MostRemembered = 10_000;

    // Protects the two below.
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, RunningTask> _tasks = [];
    private readonly Queue<(Key Key, RunningTask Task, long Since)> _ended = new();

    /// <summary>The task that this delivery is a repetition of, and that it belongs to from now on.</summary>
    /// <returns><see langword="null"/> when it is none of ours.</returns>
    public RunningTask? Adopt(Delivery delivery)
    {
        if (!delivery.Redelivered || delivery.Properties.MessageId is not { Length: > 0 } messageId)
        {
            return null;
        }

        RunningTask? task;
        lock (_gate)
        {
            task = _tasks.GetValueOrDefault(new Key(delivery.Queue, messageId));
        }

        return task?.TryAdopt(delivery) is true ? task : null;
    }

    /// <summary>Begins to know a task.</summary>
    public void Add(RunningTask task)
    {
        lock (_gate)
        {
            // A publisher may use a message id twice: the first one stays known.
            _tasks.TryAdd(KeyOf(task), task);
        }
    }

    /// <summary>Forgets a task that was settled, at once or when the broker has had the time to deliver it again.</summary>
    public void Remove(RunningTask task)
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

    /// <summary>How many of the tasks that run here the broker has taken back.</summary>
    public int CountLost(string queue)
    {
        lock (_gate)
        {
            return _tasks.Values.Count(task => task.Queue == queue && !task.Settled.IsCompleted && task.IsLost);
        }
    }

    private void Forget(Key key, RunningTask task)
    {
        if (_tasks.TryGetValue(key, out var known) && ReferenceEquals(known, task))
        {
            _tasks.Remove(key);
        }
    }

    private static Key KeyOf(RunningTask task) => new(task.Queue, task.MessageId);

    private readonly record struct Key(string Queue, string MessageId);
}
