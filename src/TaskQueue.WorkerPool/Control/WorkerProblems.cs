using TaskQueue.Messaging.Control;

namespace TaskQueue.WorkerPool.Control;

/// <summary>Says of workers what keeps them from their work.</summary>
internal static class WorkerProblems
{
    /// <summary>Adds problems to reports; a section that has no worker for its problem gets a report of its own.</summary>
    /// <param name="workers">The workers.</param>
    /// <param name="problems">What is wrong.</param>
    /// <param name="type">The only worker type that is meant, or <see langword="null"/> for all.</param>
    public static IReadOnlyList<WorkerReport> Tell(IReadOnlyList<WorkerReport> workers, IReadOnlyList<ServiceProblem> problems, string? type)
    {
        var known = problems
            .Where(problem => problem.WorkerType is not null && (type is null || string.Equals(problem.WorkerType, type, StringComparison.OrdinalIgnoreCase)))
            .Take(ServiceProblem.Most)
            .ToList();
        return
        [
            .. workers.Select(worker => worker with { Problem = known.FirstOrDefault(problem => Hits(problem, worker))?.Bounded().ToString() }),
            .. known.Where(problem => problem is { Effect: ServiceProblem.DoesNotStart } && !workers.Any(worker => IsOf(worker, problem)))
                .Select(problem => new WorkerReport(problem.Section ?? problem.WorkerType!, problem.WorkerType!, "refused") { Problem = problem.Bounded().ToString() }),
        ];
    }

    // Of a section some workers may run while others do not start.
    private static bool Hits(ServiceProblem problem, WorkerReport worker) => IsOf(worker, problem)
        && (problem.Effect is ServiceProblem.TakesNoTasks or ServiceProblem.NotReplaced || worker.State is "waiting" or "starting");

    private static bool IsOf(WorkerReport worker, ServiceProblem problem) => problem.Section is { } section
        ? worker.Worker.StartsWith(section + "#", StringComparison.Ordinal)
        : worker.WorkerType == problem.WorkerType;
}
