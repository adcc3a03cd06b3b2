using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Which workers of one type cannot start for want of something that a person has to mend.</summary>
/// <remarks>
/// What is wrong is told once, however many workers it hits. Then one worker of each section tries again from time to time,
/// without a word, and the others follow as soon as it is ready; where it was only tasks that they could not do, as soon as one has been done. Nobody consumes meanwhile: the tasks stay in their queue.
/// </remarks>
internal sealed class ConfigurationFaults(ILogger logger, TimeProvider time)
{
    /// <summary>The time between two tries.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);

    // Protects the fields below it and the sections.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Section> _sections = new(StringComparer.Ordinal);
    private volatile bool _areShown;

    /// <summary>Whether there are workers that were ready, and could not do tasks. To be asked after each task.</summary>
    public bool AreShown => _areShown;

    /// <summary>What is wrong, by section, with the number of workers that it hits; without what is just being tried again by order.</summary>
    public IReadOnlyList<(string Section, int Workers, string Reason)> Known
    {
        get
        {
            lock (_gate)
            {
                return [.. _sections.Where(section => section.Value.Reason is not null).Select(section => (section.Key, section.Value.Workers.Count, section.Value.Reason!))];
            }
        }
    }

    /// <summary>Whether a worker is known not to start.</summary>
    public bool Has(WorkerSpec worker)
    {
        lock (_gate)
        {
            return _sections.TryGetValue(worker.Section, out var section) && section.Workers.ContainsKey(worker.Name);
        }
    }

    /// <summary>Whether a worker was ready, and only a task showed that it cannot work.</summary>
    public bool HasBeenShownByTask(WorkerSpec worker)
    {
        lock (_gate)
        {
            return _sections.TryGetValue(worker.Section, out var section) && section.Workers.GetValueOrDefault(worker.Name);
        }
    }

    /// <summary>A worker did not start, or cannot go on.</summary>
    /// <param name="worker">Which.</param>
    /// <param name="problem">Why, following the worker's name in a sentence.</param>
    /// <param name="reason">The same for who does not read the log; the problem, where it is not given.</param>
    /// <param name="isShownByTask">Whether it was ready before.</param>
    public void Add(WorkerSpec worker, string problem, string? reason = null, bool isShownByTask = false)
    {
        lock (_gate)
        {
            if (!_sections.TryGetValue(worker.Section, out var section))
            {
                _sections.Add(worker.Section, section = new Section());
            }

            section.Workers[worker.Name] = isShownByTask;
            NoteShown();
            section.Reason = reason ?? problem;
            if (section.Told is not null)
            {
                return;
            }

            var known = _sections.Values.Any(other => other.Told == problem);
            section.Told = problem;
            if (known)
            {
                return;
            }
        }

        logger.WorkersDoNotStart(worker.Section, worker.Name, Sentence.Part(problem), RetryInterval.TotalSeconds);
    }

    /// <summary>A worker of a section has done a task, after that was in doubt: those that were only shown by tasks to be of no use may go on.</summary>
    public void Prove(string section)
    {
        lock (_gate)
        {
            if (!_sections.TryGetValue(section, out var known) || known.Workers.Where(worker => worker.Value).Select(worker => worker.Key).ToList() is not { Count: > 0 } shown)
            {
                return;
            }

            shown.ForEach(worker => known.Workers.Remove(worker));
            NoteShown();
            known.Trier = null;
            known.WakeAll();
            if (known.Workers.Count > 0)
            {
                return;
            }

            _sections.Remove(section);
        }

        logger.WorkersStartAgain(section);
    }

    /// <summary>A worker works. The others of its section may try.</summary>
    public void Remove(WorkerSpec worker)
    {
        if (TryRemove(worker, out var wasLast) && wasLast)
        {
            logger.WorkersStartAgain(worker.Section);
        }
    }

    /// <summary>A worker is gone, or is to become another.</summary>
    public void Forget(WorkerSpec worker) => TryRemove(worker, out _);

    /// <summary>Lets all try again at once, and tells anew what is wrong then.</summary>
    /// <param name="changing">Sections whose workers are about to become others, and would only fail as what they were.</param>
    public void RetryAll(IReadOnlyCollection<string> changing)
    {
        lock (_gate)
        {
            foreach (var (name, section) in _sections)
            {
                (section.Told, section.Reason) = (null, null);
                if (!changing.Contains(name, StringComparer.Ordinal))
                {
                    section.WakeAll();
                }
            }
        }
    }

    /// <summary>Waits until a worker should try again.</summary>
    public async Task WaitAsync(WorkerSpec worker, CancellationToken cancellationToken)
    {
        Task woken;
        bool isFirst;
        lock (_gate)
        {
            if (!_sections.TryGetValue(worker.Section, out var section) || !section.Workers.ContainsKey(worker.Name))
            {
                return;
            }

            woken = section.Woken;
            section.Trier ??= worker.Name;
            isFirst = section.Trier == worker.Name;
        }

        if (!isFirst)
        {
            await woken.WaitAsync(cancellationToken);
            return;
        }

        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(woken, Task.Delay(RetryInterval, time, done.Token));
        await done.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void NoteShown() => _areShown = _sections.Values.Any(section => section.Workers.ContainsValue(true));

    private bool TryRemove(WorkerSpec worker, out bool wasLast)
    {
        lock (_gate)
        {
            wasLast = false;
            if (!_sections.TryGetValue(worker.Section, out var section) || !section.Workers.Remove(worker.Name))
            {
                return false;
            }

            NoteShown();
            section.Trier = section.Trier == worker.Name ? null : section.Trier;
            wasLast = section.Workers.Count == 0;
            if (wasLast)
            {
                _sections.Remove(worker.Section);
            }

            section.WakeAll();
            return true;
        }
    }

    private sealed class Section
    {
        private TaskCompletionSource _woken = New();

        /// <summary>The workers that do not start; with whether they were ready, and could not do tasks.</summary>
        public Dictionary<string, bool> Workers { get; } = new(StringComparer.Ordinal);

        /// <summary>The one that tries from time to time.</summary>
        public string? Trier { get; set; }

        /// <summary>What was logged.</summary>
        public string? Told { get; set; }

        /// <summary>What is wrong, as found by the latest try.</summary>
        public string? Reason { get; set; }

        /// <summary>Completes when all should try again.</summary>
        public Task Woken => _woken.Task;

        public void WakeAll()
        {
            _woken.SetResult();
            _woken = New();
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
