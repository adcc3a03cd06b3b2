using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool;

/// <summary>Collects what keeps a pool from what its configuration asks for. For the pool's loop.</summary>
/// <param name="runner">What it runs.</param>
/// <param name="queues">The queues that its types need.</param>
/// <param name="broker">The broker.</param>
/// <param name="names">Names the queues.</param>
internal sealed class PoolProblems(PoolRunner runner, TypeQueues queues, RabbitMqBroker broker, QueueNames names)
{
    /// <summary>Whether what the latest start or reload asked for has come true, or is a problem.</summary>
    public bool IsSettled => runner.State.IsPlanned && queues.IsSettled && runner.Types.Values.All(type => type.IsSettled);

    /// <summary>All of them: those of the service first, then type by type.</summary>
    public IReadOnlyList<ServiceProblem> All()
    {
        var plan = runner.State.Plan;
        return
        [
            .. runner.Reload.Problems,
            .. plan.PluginProblems.Select(problem => new ServiceProblem(ServiceProblem.PluginUnreadable, problem)),
            .. plan.Types.SelectMany(OfPlan)
                .Concat(runner.Types.SelectMany(type => type.Value.Problems(type.Key)))
                .Concat(WithoutTasks().Select(type => new ServiceProblem(ServiceProblem.TakesNoTasks, type.Value) { WorkerType = type.Key }))
                .OrderBy(problem => problem.WorkerType, StringComparer.Ordinal).ThenBy(problem => problem.Section, StringComparer.Ordinal),
        ];
    }

    /// <summary>Why types take no tasks, by worker type.</summary>
    public IReadOnlyDictionary<string, string> WithoutTasks()
    {
        var troubles = new Dictionary<string, string>(queues.Troubles, StringComparer.Ordinal);
        foreach (var (queue, reason) in broker.UnservedQueues)
        {
            foreach (var type in runner.State.Plan.Types.Where(type => names.Worker(type.WorkerType) == queue))
            {
                troubles.TryAdd(type.WorkerType, reason);
            }
        }

        return troubles;
    }

    private IEnumerable<ServiceProblem> OfPlan(TypePlan plan)
    {
        if (plan.MissingPlugin is { } missing)
        {
            return [new ServiceProblem(ServiceProblem.DoesNotStart, missing) { WorkerType = plan.WorkerType, Section = plan.WorkerType }];
        }

        var running = runner.Types.GetValueOrDefault(plan.WorkerType)?.Running ?? [];
        return plan.Refused.Select(refused => new ServiceProblem(
            running.Any(worker => worker.Section == refused.Section) ? ServiceProblem.NotReplaced : ServiceProblem.DoesNotStart, refused.Reason)
        {
            WorkerType = plan.WorkerType,
            Section = refused.Section,
        });
    }
}
