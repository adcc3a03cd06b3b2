using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>The latest tasks that failed, for operators to see.</summary>
internal sealed class RecentFailures(TimeProvider time)
{
    private const int Most = 20, LongestError = 300;

    // Protects the one below.
    private readonly Lock _gate = new();
    private readonly Queue<FailureReport> _latest = new();

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<FailureReport> Latest
    {
        get
        {
            lock (_gate)
            {
                return [.. _latest];
            }
        }
    }

    public void Add(PoolTask task, TaskFailure failure)
    {
        var error = failure.Error.Length <= LongestError ? failure.Error : failure.Error[..LongestError];
        var report = new FailureReport(time.GetUtcNow(), task.MessageId, task.Worker.WorkerType, failure.Word, error);
        lock (_gate)
        {
            if (_latest.Count == Most)
            {
                _latest.Dequeue();
            }

            _latest.Enqueue(report);
        }
    }
}
