using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Status;

/// <summary>The queues that there may be. AMQP has no way to list them, so they are those that configuration and plugins speak of.</summary>
internal static class KnownQueues
{
    /// <summary>Finds their names.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="types">The worker types to show, or none for all that this host knows.</param>
    /// <returns>The queues, in the order in which tasks pass through them.</returns>
    public static IReadOnlyList<KnownQueue> Of(TaskQueueConfiguration configuration, IReadOnlyList<string> types)
    {
        var queues = new QueueNames(configuration.Broker.QueuePrefix);
        var shown = types.Count > 0 ? types.Distinct(StringComparer.Ordinal) : TypesOf(configuration);
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
            .. shown.SelectMany(type => (IEnumerable<KnownQueue>)
                [new(queues.Worker(type), QueueRole.Worker, type), new(queues.Buried(type), QueueRole.Buried, type)]),
            .. results.Select(name => new KnownQueue(name, QueueRole.Results)),
        ];
    }

    /// <summary>The worker types that this host knows: those with a section or a plugin, by name.</summary>
    public static IReadOnlyList<string> TypesOf(TaskQueueConfiguration configuration) =>
    [
        .. configuration.WorkerTypes.Select(type => type.Name)
            .Concat(PluginDiscovery.Scan(configuration.Service.PluginDir).Workers.Select(worker => worker.WorkerType))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.Ordinal),
    ];
}

/// <summary>A queue that there may be.</summary>
/// <param name="Name">Its complete name, or a pattern for several that are shown as one.</param>
/// <param name="Role">What it is for.</param>
/// <param name="WorkerType">Whose tasks are in it, where that is one worker type.</param>
internal sealed record KnownQueue(string Name, QueueRole Role, string? WorkerType = null)
{
    /// <summary>The complete names of the queues that there may be.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [Name];
}
