using System.Collections.Concurrent;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>The tasks that have run and cannot be settled for now. They stay the broker's; each waits on its own, and can be cancelled.</summary>
/// <param name="time">The clock.</param>
/// <param name="stop">The pool stops: nobody waits any longer.</param>
internal sealed class StuckTasks(TimeProvider time, CancellationToken stop)
{
    private readonly ConcurrentDictionary<HeldTask, Stuck> _tasks = [];

    /// <summary>Hears each time that a queue has one such task more or less.</summary>
    public event Action<string>? Changed;

    /// <summary>How many there are of a queue.</summary>
    public int CountOf(string queue) => _tasks.IsEmpty ? 0 : _tasks.Keys.Count(task => task.Queue == queue);

    /// <summary>Waits before the next attempt to settle a task.</summary>
    /// <returns><see langword="false"/> when there is to be none: the pool stops, or somebody has cancelled the task.</returns>
    public async Task<bool> WaitAsync(HeldTask task, TimeSpan delay)
    {
        var stuck = Enter(task);
        try
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop, stuck.Cancelled);
            await Task.Delay(delay, time, enough.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Who has cancelled a task while it was stuck, if anybody has.</summary>
    public string? CancelledBy(HeldTask task) => _tasks.TryGetValue(task, out var stuck) ? stuck.CancelledBy : null;

    /// <summary>Cancels a task, if it is one of these.</summary>
    /// <returns>Whether it is.</returns>
    public bool TryCancel(string messageId, string by)
    {
        foreach (var (task, stuck) in _tasks)
        {
            if (task.MessageId == messageId)
            {
                stuck.Cancel(by);
                return true;
            }
        }

        return false;
    }

    /// <summary>A task is settled, or goes back.</summary>
    public void Left(HeldTask task)
    {
        if (!_tasks.IsEmpty && _tasks.TryRemove(task, out _))
        {
            Changed?.Invoke(task.Queue);
        }
    }

    private Stuck Enter(HeldTask task)
    {
        var entered = new Stuck();
        var stuck = _tasks.GetOrAdd(task, entered);
        if (stuck == entered)
        {
            Changed?.Invoke(task.Queue);
        }

        return stuck;
    }

    private sealed class Stuck
    {
        private readonly CancellationTokenSource _cancelled = new();

        public CancellationToken Cancelled => _cancelled.Token;

        public string? CancelledBy { get; private set; }

        public void Cancel(string by)
        {
            CancelledBy = by;
            _cancelled.Cancel();
        }
    }
}
