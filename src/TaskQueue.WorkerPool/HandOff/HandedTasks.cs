using System.Diagnostics.CodeAnalysis;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that a process has got, in their order, and which of them run. Part of <see cref="WorkerTasks"/>.</summary>
/// <param name="pipe">The process.</param>
/// <param name="feedLock">The lock of the feed; what others ask takes it, everything else is done within it.</param>
/// <param name="time">The clock.</param>
internal sealed class HandedTasks(IWorkerPipe pipe, Lock feedLock, TimeProvider time)
{
    private readonly int _places = pipe.Spec.Options.Concurrency;
    private readonly Dictionary<long, PoolTask> _all = [];
    private readonly Queue<long> _next = new();

    /// <summary>How many there are.</summary>
    public int Count => _all.Count;

    /// <summary>How many of them the process has not started.</summary>
    public int NotStarted => _all.Count - Running.Count;

    /// <summary>Those that run.</summary>
    public RunningTasks Running { get; } = new(pipe, time);

    /// <summary>All of them, as they were handed over.</summary>
    public IEnumerable<PoolTask> InOrder => _all.Values.OrderBy(task => task.Number);

    /// <summary>Those that do not run, in no order.</summary>
    public IEnumerable<PoolTask> Waiting => _all.Values.Where(task => task.State != TaskState.Running);

    /// <summary>The task of a number.</summary>
    public PoolTask? Find(long number) => _all.GetValueOrDefault(number);

    /// <summary>The task of a message id.</summary>
    public PoolTask? Find(string messageId) => _all.Values.FirstOrDefault(task => task.MessageId == messageId);

    /// <summary>The process gets one more.</summary>
    public void Add(PoolTask task)
    {
        _all.Add(task.Number, task);
        _next.Enqueue(task.Number);
    }

    /// <summary>The process does not have a task any more.</summary>
    public bool TryRemove(long number, [NotNullWhen(true)] out PoolTask? task)
    {
        if (!_all.Remove(number, out task))
        {
            return false;
        }

        Running.Remove(task);
        return true;
    }

    /// <summary>The process starts as many as it has places for, in their order.</summary>
    /// <param name="begun">Receives them.</param>
    public void BeginNext(List<PoolTask> begun)
    {
        while (Running.Count < _places && _next.TryDequeue(out var number))
        {
            // Some have been given back since.
            if (_all.TryGetValue(number, out var task))
            {
                task.Begin(time.GetTimestamp());
                task.UsedBefore = pipe.Usage();
                Running.Add(task);
                begun.Add(task);
            }
        }
    }

    /// <summary>Takes note of how far a task is.</summary>
    /// <returns>The task, if the process has it.</returns>
    public PoolTask? SetProgress(ProgressFrame progress)
    {
        lock (feedLock)
        {
            var task = Find(progress.TaskId);
            if (task is not null)
            {
                task.Progress = progress;
            }

            return task;
        }
    }

    /// <summary>The message id of a task.</summary>
    public string? MessageIdOf(long number)
    {
        lock (feedLock)
        {
            return Find(number)?.MessageId;
        }
    }

    /// <summary>The message id of the only task that runs, if it is only one.</summary>
    public string? OnlyMessageId()
    {
        lock (feedLock)
        {
            return Running.Only?.MessageId;
        }
    }

    /// <summary>The process is gone.</summary>
    public void Clear()
    {
        _all.Clear();
        _next.Clear();
        Running.Clear();
    }
}
