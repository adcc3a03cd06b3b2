using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Health;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool;

/// <summary>All instances of one worker type, kept as planned.</summary>
/// <remarks>Not thread-safe: the pool's one loop calls it.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Without timers and wait handles, the source holds nothing that disposing of it would free.")]
internal sealed class TypeRunner(
    Spawner spawner, TypeFeed feed, PoolTelemetry telemetry, ServiceHealth health, ILogger logger, TimeProvider time)
{
    private readonly Dictionary<string, WorkerSlot> _slots = new(StringComparer.Ordinal);
    private readonly ConfigurationFaults _faults = new(logger, time);

    // Instances that a reload took away and that are finishing what they have.
    private readonly List<(WorkerSlot Slot, Task Stopped)> _leaving = [];

    // Why sections go on with what they had, and how many of their workers; of the plan that is in force.
    private ConcurrentDictionary<string, (int Workers, string Reason)> _notReplaced = new(StringComparer.Ordinal);

    private CancellationTokenSource _superseded = new();
    private Task<RollOut> _rollOut = Task.FromResult(RollOut.Nothing);

    /// <summary>What its instances run.</summary>
    public IReadOnlyCollection<WorkerSpec> Running => [.. _slots.Values.Select(slot => slot.Spec)];

    /// <summary>Takes its tasks, and hands them out.</summary>
    public TypeFeed Feed => feed;

    /// <summary>Its processes, those included that are about to end.</summary>
    public IEnumerable<WorkerProcess> Processes => _slots.Values.Concat(_leaving.Select(leaving => leaving.Slot)).SelectMany(slot => slot.Processes);

    /// <summary>Tells what its workers are doing.</summary>
    public IReadOnlyList<WorkerReport> ReportWorkers() =>
    [
        .. Processes.Select(process => process.Report())
            .Concat(_slots.Values.Where(slot => slot.Processes.Count == 0).Select(slot =>
                new WorkerReport(slot.Spec.Name, slot.Spec.WorkerType, "waiting") { User = slot.Spec.UserName }))
            .Select(report => report with { Paused = feed.IsPaused }),
    ];

    /// <summary>Whether each of its workers is ready, or it is known why not.</summary>
    public bool IsSettled
    {
        get
        {
            var faulty = _faults.Known.Select(fault => fault.Section).ToHashSet(StringComparer.Ordinal);
            return _rollOut.IsCompleted && _slots.Values.All(slot => slot.IsReady || slot.LastEnd is not null || faulty.Contains(slot.Spec.Section));
        }
    }

    /// <summary>What keeps its workers from running as planned.</summary>
    public IEnumerable<ServiceProblem> Problems(string workerType)
    {
        var sizes = _slots.Values.GroupBy(slot => slot.Spec.Section, StringComparer.Ordinal).ToDictionary(section => section.Key, section => section.Count(), StringComparer.Ordinal);
        ServiceProblem Of(string effect, string section, int workers, string reason) =>
            new(effect, reason) { WorkerType = workerType, Section = section, Workers = workers < sizes.GetValueOrDefault(section) ? workers : null };

        return
        [
            .. _faults.Known.Select(fault => Of(ServiceProblem.DoesNotStart, fault.Section, fault.Workers, fault.Reason)),
            .. _slots.Values.Where(slot => slot.LastEnd is not null).GroupBy(slot => slot.Spec.Section, StringComparer.Ordinal)
                .Select(section => Of(ServiceProblem.Crashes, section.Key, section.Count(), section.First().LastEnd ?? "")),
            .. _notReplaced.Select(kept => Of(ServiceProblem.NotReplaced, kept.Key, kept.Value.Workers, kept.Value.Reason)),
        ];
    }

    /// <summary>Completes when all that the last plan changed is as planned, or was found not to start.</summary>
    public Task<RollOut> RolledOut => _rollOut;

    /// <summary>
    /// Starts, replaces and stops instances until they are what the plan says; those that did not change notice nothing,
    /// unless they could not start: they try again.
    /// </summary>
    /// <returns>What there is to do. Replacing takes its time: <see cref="RolledOut"/> completes when it is done.</returns>
    public RollOut Apply(TypePlan plan)
    {
        _leaving.RemoveAll(leaving => leaving.Stopped.IsCompleted);
        var gone = _slots.Values
            .Where(slot => !plan.Workers.Any(worker => worker.Name == slot.Spec.Name) && !plan.Refuses(slot.Spec.Section))
            .ToList();
        var changed = plan.Workers.Where(worker => _slots.TryGetValue(worker.Name, out var slot) && slot.Spec.Fingerprint != worker.Fingerprint).ToList();
        var added = plan.Workers.Where(worker => !_slots.ContainsKey(worker.Name)).ToList();
        _faults.RetryAll([.. changed.Select(worker => worker.Section)]);
        foreach (var slot in gone)
        {
            _slots.Remove(slot.Spec.Name);
            _leaving.Add((slot, slot.StopAsync()));
        }

        foreach (var worker in added)
        {
            var slot = new WorkerSlot(worker, spawner, feed, _faults, telemetry, logger, time);
            _slots.Add(worker.Name, slot);
            slot.Start();
            health.Watch($"the loop of worker {worker.Name}", slot.Loop, slot.Stopping);
        }

        var work = new RollOut(Started: added.Count, Stopped: gone.Count, Replaced: changed.Count, Restarted: 0, Kept: 0);
        _superseded.Cancel();
        _superseded = new CancellationTokenSource();
        _notReplaced = new(StringComparer.Ordinal);
        _rollOut = ReplaceAllAsync(_rollOut, [.. changed.Select(worker => (_slots[worker.Name], worker))], work, _notReplaced, _superseded.Token);
        return work;
    }

    /// <summary>Lets every instance finish what it has, and end.</summary>
    /// <returns>A task that completes when all are gone and everything they took is settled.</returns>
    public async Task StopAsync()
    {
        var quiet = feed.StopTakingAsync();
        Apply(new TypePlan("", []));
        await Task.WhenAll([.. _leaving.Select(leaving => leaving.Stopped), _rollOut, quiet]);
        await feed.DisposeAsync();
    }

    /// <summary>Ends every process at once.</summary>
    public void Kill()
    {
        foreach (var slot in _slots.Values.Concat(_leaving.Select(leaving => leaving.Slot)))
        {
            slot.Kill();
        }
    }

    /// <summary>Replaces one instance after the other. Where a new process does not start, the rest of its section stays as it is.</summary>
    private async Task<RollOut> ReplaceAllAsync(
        Task<RollOut> previous,
        List<(WorkerSlot Slot, WorkerSpec Spec)> replacements,
        RollOut work,
        ConcurrentDictionary<string, (int Workers, string Reason)> notReplaced,
        CancellationToken superseded)
    {
        await previous;
        var told = new HashSet<string>(StringComparer.Ordinal);
        var (kept, restarted) = (0, 0);
        foreach (var section in replacements.GroupBy(replacement => replacement.Spec.Section))
        {
            // A process that runs can stay if the new one is no good: those that have one find out for those that have not.
            var left = new Queue<(WorkerSlot Slot, WorkerSpec Spec)>(section.OrderBy(replacement => replacement.Slot.IsWaiting));
            while (left.TryPeek(out var next) && !superseded.IsCancellationRequested)
            {
                var isWaiting = next.Slot.IsWaiting;
                if (await next.Slot.ReplaceAsync(next.Spec, superseded) is { } exit)
                {
                    kept += left.Count;
                    notReplaced[section.Key] = (left.Count, exit.ReasonFor(next.Spec.Configure.Plugin));
                    if (told.Add(exit.Description))
                    {
                        logger.ReplacementFailed(section.Key, left.Count, next.Spec.Name, Sentence.Part(exit.Description));
                    }

                    break;
                }

                left.Dequeue();
                restarted += isWaiting ? 1 : 0;
            }
        }

        return superseded.IsCancellationRequested ? RollOut.Nothing : work with { Replaced = work.Replaced - kept - restarted, Restarted = restarted, Kept = kept };
    }
}
