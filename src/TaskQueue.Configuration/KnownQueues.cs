using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.Configuration;

/// <summary>The queues that there may be. AMQP has no way to list them, so they are those that the configuration speaks of, and those of worker types.</summary>
public static class KnownQueues
{
    /// <summary>Finds their names.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="workerTypes">The worker types whose queues are meant.</param>
    /// <returns>The queues, in the order in which tasks pass through them.</returns>
    public static IReadOnlyList<KnownQueue> Of(TaskQueueConfiguration configuration, IEnumerable<string> workerTypes)
    {
        var queues = new QueueNames(configuration.Broker.QueuePrefix);
        var results = configuration.WorkerTypes.SelectMany(type => type.Groups).Append(configuration.WorkerDefaults)
            .Select(group => queues.Results(group.ResultsRoutingKey))
            .Distinct(StringComparer.Ordinal);
        var delays = new DelayQueues(queues, configuration.Broker.QueueType, TimeProvider.System);
        return
        [
            new(queues.TaskQueue, QueueRole.Tasks),
            new(queues.Delays, QueueRole.Delayed) { Parts = [.. delays.All.Select(queue => queue.Name)] },
            new(queues.Unroutable, QueueRole.Unroutable),
            new(queues.Rejected, QueueRole.Rejected),
            .. workerTypes.Distinct(StringComparer.Ordinal).SelectMany(type => (IEnumerable<KnownQueue>)
                [new(queues.Worker(type), QueueRole.Worker, type), new(queues.Buried(type), QueueRole.Buried, type)]),
            .. results.Select(name => new KnownQueue(name, QueueRole.Results)),
        ];
    }
}

/// <summary>A queue that there may be.</summary>
/// <param name="Name">Its complete name, or a pattern for several that are shown as one.</param>
/// <param name="Role">What it is for.</param>
/// <param name="WorkerType">Whose tasks are in it, where that is one worker type.</param>
public sealed record KnownQueue(string Name, QueueRole Role, string? WorkerType = null)
{
    /// <summary>The complete names of the queues that there may be.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [Name];
}

/// <summary>What a queue is for.</summary>
public enum QueueRole
{
    /// <summary>Where publishers send tasks.</summary>
    Tasks,

    /// <summary>Messages that are not due yet, and where those go that are.</summary>
    Delayed,

    /// <summary>Tasks of a worker type.</summary>
    Worker,

    /// <summary>Tasks that failed for good.</summary>
    Buried,

    /// <summary>Results.</summary>
    Results,

    /// <summary>Tasks whose worker type nobody serves.</summary>
    Unroutable,

    /// <summary>Messages that are no tasks.</summary>
    Rejected,
}
