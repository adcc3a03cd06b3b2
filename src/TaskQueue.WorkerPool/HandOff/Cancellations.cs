using System.Diagnostics.CodeAnalysis;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The tasks that this pool is not to start, should they show up: the latest <see cref="CancellationStore.Most"/> of them.</summary>
internal sealed class Cancellations(TimeProvider time)
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects the two below it. Those who look take it only when there are any, which is nearly never.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<TaskCancellation>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<TaskCancellation> _byAge = new();
    private volatile bool _hasAny;

    /// <summary>Completes when those are known that were remembered from before this pool started; no task is taken before.</summary>
    public Task Known => _known.Task;

    /// <summary>All of them, the oldest first.</summary>
    public IReadOnlyCollection<TaskCancellation> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _byAge];
            }
        }
    }

    /// <summary>Says that those from before are known, as far as they ever will be.</summary>
    public void SetKnown() => _known.TrySetResult();

    /// <summary>Takes note of some more.</summary>
    /// <returns>How many older ones had to go before their time, to make room.</returns>
    public int Add(IEnumerable<TaskCancellation> cancellations)
    {
        var now = time.GetUtcNow();
        var dropped = 0;
        lock (_gate)
        {
            // Most are forgotten in the order in which they came.
            while (_byAge.First is { } oldest && oldest.Value.Until <= now)
            {
                Remove(oldest);
            }

            foreach (var cancellation in cancellations.Where(cancellation => cancellation.Until > now))
            {
                if (_byId.TryGetValue(cancellation.Id, out var before))
                {
                    Remove(before);
                }
                else if (_byId.Count == CancellationStore.Most)
                {
                    dropped += _byAge.First!.Value.Until > now ? 1 : 0;
                    Remove(_byAge.First!);
                }

                _byId.Add(cancellation.Id, _byAge.AddLast(cancellation));
            }

            _hasAny = _byId.Count > 0;
        }

        return dropped;
    }

    /// <summary>Forgets some.</summary>
    /// <returns>How many of them were known.</returns>
    public int Forget(IEnumerable<string> ids)
    {
        var forgotten = 0;
        lock (_gate)
        {
            foreach (var id in ids)
            {
                if (_byId.TryGetValue(id, out var known))
                {
                    Remove(known);
                    forgotten++;
                }
            }

            _hasAny = _byId.Count > 0;
        }

        return forgotten;
    }

    /// <summary>Looks whether a task was cancelled.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">What that means for it.</param>
    public bool IsOf(PoolTask task, [NotNullWhen(true)] out TaskFailure? failure)
    {
        failure = null;
        if (!_hasAny)
        {
            return false;
        }

        lock (_gate)
        {
            if (_byId.TryGetValue(task.MessageId, out var known) && known.Value.Until > time.GetUtcNow())
            {
                failure = TaskFailure.Cancelled(known.Value.By);
            }
        }

        return failure is not null;
    }

    private void Remove(LinkedListNode<TaskCancellation> node)
    {
        _byAge.Remove(node);
        _byId.Remove(node.Value.Id);
    }
}
