using System.Diagnostics.CodeAnalysis;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that this pool is not to start, should they show up.</summary>
internal sealed class Cancellations(TimeProvider time)
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Replaced as a whole, so that those who look need no lock; null when there are none, which is nearly always.
    private volatile Dictionary<string, TaskCancellation>? _byId;

    /// <summary>Completes when those are known that were remembered from before this pool started; no task is taken before.</summary>
    public Task Known => _known.Task;

    /// <summary>The ids.</summary>
    public IReadOnlyCollection<TaskCancellation> All => _byId?.Values.ToList() ?? [];

    /// <summary>Says that those from before are known, as far as they ever will be.</summary>
    public void SetKnown() => _known.TrySetResult();

    /// <summary>Takes note of some more.</summary>
    public void Add(IEnumerable<TaskCancellation> cancellations)
    {
        while (true)
        {
            var before = _byId;
            var now = time.GetUtcNow();
            var after = (before?.Values ?? Enumerable.Empty<TaskCancellation>()).Where(known => known.Until > now).ToDictionary(known => known.Id, StringComparer.Ordinal);
            foreach (var cancellation in cancellations.Where(cancellation => cancellation.Until > now).Take(CancellationStore.Most))
            {
                after[cancellation.Id] = cancellation;
            }

#pragma warning disable CS0420 // Interlocked does what volatile does.
            if (Interlocked.CompareExchange(ref _byId, after.Count > 0 ? after : null, before) == before)
#pragma warning restore CS0420
            {
                return;
            }
        }
    }

    /// <summary>Looks whether a task was cancelled.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">What that means for it.</param>
    public bool IsOf(PoolTask task, [NotNullWhen(true)] out TaskFailure? failure)
    {
        failure = null;
        if (_byId is { } all && all.TryGetValue(task.MessageId, out var cancellation) && cancellation.Until > time.GetUtcNow())
        {
            failure = TaskFailure.Cancelled(cancellation.By);
        }

        return failure is not null;
    }
}
