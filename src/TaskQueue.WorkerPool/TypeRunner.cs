using Microsoft.Extensions.Logging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool;

/// <summary>All instances of one worker type, kept as planned.</summary>
/// <remarks>Not thread-safe: the pool's one loop calls it.</remarks>
internal sealed class TypeRunner(Spawner spawner, Func<WorkerProcess, WorkerFeed> feeds, ILogger logger, TimeProvider time)
{
    private readonly Dictionary<string, WorkerSlot> _slots = new(StringComparer.Ordinal);

    // Instances that a reload took away and that are finishing what they have.
    private readonly List<(WorkerSlot Slot, Task Stopped)> _leaving = [];

    /// <summary>Starts, replaces and stops instances until they are what the plan says; those that did not change notice nothing.</summary>
    public void Apply(IReadOnlyList<WorkerSpec> workers)
    {
        _leaving.RemoveAll(leaving => leaving.Stopped.IsCompleted);
        foreach (var gone in _slots.Keys.Except(workers.Select(worker => worker.Name), StringComparer.Ordinal).ToList())
        {
            _slots.Remove(gone, out var slot);
            _leaving.Add((slot!, slot!.StopAsync()));
        }

        foreach (var worker in workers)
        {
            if (!_slots.TryGetValue(worker.Name, out var slot))
            {
                _slots[worker.Name] = slot = new WorkerSlot(worker, spawner, feeds, logger, time);
                slot.Start();
            }
            else if (slot.Spec.Fingerprint != worker.Fingerprint)
            {
                slot.Replace(worker);
            }
        }
    }

    /// <summary>Lets every instance finish what it has, and end.</summary>
    /// <returns>A task that completes when all are gone and everything they took is settled.</returns>
    public Task StopAsync()
    {
        Apply([]);
        return Task.WhenAll(_leaving.Select(leaving => leaving.Stopped));
    }

    /// <summary>Ends every process at once.</summary>
    public void Kill()
    {
        foreach (var slot in _slots.Values.Concat(_leaving.Select(leaving => leaving.Slot)))
        {
            slot.Kill();
        }
    }
}
