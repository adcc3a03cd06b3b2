using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>What a <see cref="TypeFeed"/> has decided within its lock, and does when it has left it. Its lists are used again and again.</summary>
internal sealed class Consequences
{
    /// <summary>Tasks that have begun to run.</summary>
    public List<PoolTask> Begun { get; } = [];

    /// <summary>Processes that frames wait for.</summary>
    public List<WorkerTasks> ToFlush { get; } = [];

    /// <summary>Processes that have to go, and why.</summary>
    public List<(WorkerTasks Worker, string Cause)> ToKill { get; } = [];

    /// <summary>Processes that could not do tasks for want of something, what they say, and whether they get no more tasks.</summary>
    public List<(WorkerTasks Worker, string Cause, bool Closes)> Refused { get; } = [];

    /// <summary>Processes that have done a task, which was in doubt.</summary>
    public List<WorkerTasks> Proven { get; } = [];

    /// <summary>Tasks that a place is kept for, and that are acknowledged before they start.</summary>
    public List<(PoolTask Task, WorkerTasks Worker)> ToAcknowledge { get; } = [];

    /// <summary>Tasks whose run is over.</summary>
    public List<(PoolTask Task, TaskEnd End)> Ended { get; } = [];

    /// <summary>Tasks that are not to be run.</summary>
    public List<(PoolTask Task, TaskFailure Reason)> ToFail { get; } = [];

    /// <summary>Tasks that go back to their queue, and when they are to come again.</summary>
    public List<(PoolTask Task, TimeSpan Delay)> ToReturn { get; } = [];

    /// <summary>Who gets how many of the tasks that wait.</summary>
    public List<(WorkerTasks Worker, int Count)> Gifts { get; } = [];

    /// <summary>Tasks on their way back from a process.</summary>
    public List<PoolTask> Back { get; } = [];

    /// <summary>Has what was posted to a process sent.</summary>
    public void Flush(WorkerTasks worker)
    {
        if (!ToFlush.Contains(worker))
        {
            ToFlush.Add(worker);
        }
    }

    /// <summary>Takes a task back from a process that has not started it.</summary>
    public void TakeBack(PoolTask task)
    {
        task.ComeBack();
        Back.Add(task);
    }

    /// <summary>Has a task settled whose run is over.</summary>
    public void End(PoolTask task, TaskEnd end)
    {
        task.Leave();
        Ended.Add((task, end));
    }

    /// <summary>Has a task fail that is not run.</summary>
    public void Fail(PoolTask task, TaskFailure reason)
    {
        task.Leave();
        ToFail.Add((task, reason));
    }

    /// <summary>Has a task returned that is not run.</summary>
    public void Return(PoolTask task, TimeSpan delay = default)
    {
        task.Leave();
        ToReturn.Add((task, delay));
    }

    /// <summary>Forgets it all.</summary>
    public void Clear()
    {
        Begun.Clear();
        ToFlush.Clear();
        ToKill.Clear();
        Refused.Clear();
        Proven.Clear();
        ToAcknowledge.Clear();
        Ended.Clear();
        ToFail.Clear();
        ToReturn.Clear();
        Gifts.Clear();
        Back.Clear();
    }
}
