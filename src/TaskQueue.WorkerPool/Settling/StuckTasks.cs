using System.Collections.Concurrent;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>The tasks that have run and cannot be settled for now. They stay the broker's; each waits on its own, and can be cancelled.</summary>
/// <param name="time">The clock.</param>
internal sealed class StuckTasks(TimeProvider time)
{
    private readonly ConcurrentDictionary<PoolTask, Stuck> _tasks = [];
    private Action<string>? _changed;

    /// <summary>How many there are of a queue.</summary>
    public int CountOf(string queue) => _tasks.IsEmpty ? 0 : _tasks.Keys.Count(task => task.Queue == queue);

    /// <summary>Those of a queue.</summary>
    public IEnumerable<PoolTask> Of(string queue) => _tasks.Keys.Where(task => task.Queue == queue);

    /// <summary>Has somebody hear each time that a queue has one such task more or less.</summary>
    public void OnChanged(Action<string> changed) => _changed += changed;

    /// <summary>Waits before the next attempt to settle a task.</summary>
    /// <returns><see langword="false"/> when there is to be none: its queue is left, or somebody has cancelled the task.</returns>
    public async Task<bool> WaitAsync(PoolTask task, TimeSpan delay)
    {
        var stuck = Enter(task);
        using var enough = new CancellationTokenSource();
        var waited = Task.Delay(delay, time, enough.Token);
        await Task.WhenAny(waited, stuck.Cancelled, task.QueueLeft);
        await enough.CancelAsync();
        return waited.IsCompletedSuccessfully;
    }

    /// <summary>Who has cancelled a task while it was stuck, if anybody has.</summary>
    public string? CancelledBy(PoolTask task) => _tasks.TryGetValue(task, out var stuck) ? stuck.CancelledBy : null;

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
    public void Left(PoolTask task)
    {
        if (!_tasks.IsEmpty && _tasks.TryRemove(task, out _))
        {
            _changed?.Invoke(task.Queue);
        }
    }

    private Stuck Enter(PoolTask task)
    {
        var entered = new Stuck();
        var stuck = _tasks.GetOrAdd(task, entered);
        if (stuck == entered)
        {
            _changed?.Invoke(task.Queue);
        }

        return stuck;
    }

    private sealed class Stuck
    {
        private readonly TaskCompletionSource<string> _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Cancelled => _cancelled.Task;

        public string? CancelledBy => _cancelled.Task.IsCompletedSuccessfully ? _cancelled.Task.Result : null;

        public void Cancel(string by) => _cancelled.TrySetResult(by);
    }
}
