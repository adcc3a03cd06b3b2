using TaskQueue.Configuration;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Queues;

/// <summary>The queues that there may be as far as this host knows: it has the configuration, and the plugins.</summary>
internal static class LocalQueues
{
    /// <summary>Finds their names.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="types">The worker types to show, or none for all that this host knows.</param>
    /// <returns>The queues, in the order in which tasks pass through them.</returns>
    public static IReadOnlyList<KnownQueue> Of(TaskQueueConfiguration configuration, IReadOnlyList<string> types) =>
        KnownQueues.Of(configuration, types.Count > 0 ? types : TypesOf(configuration));

    /// <summary>The worker types that this host knows: those with a section or a plugin, by name.</summary>
    public static IReadOnlyList<string> TypesOf(TaskQueueConfiguration configuration) => TypesOf(configuration, PluginDiscovery.Scan(configuration.Service.PluginDir));

    /// <inheritdoc cref="TypesOf(TaskQueueConfiguration)"/>
    /// <param name="configuration">The settings.</param>
    /// <param name="catalog">The plugins.</param>
    public static IReadOnlyList<string> TypesOf(TaskQueueConfiguration configuration, PluginCatalog catalog) =>
    [
        .. configuration.WorkerTypes.Select(type => type.Name)
            .Concat(catalog.Workers.Select(worker => worker.WorkerType))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.Ordinal),
    ];
}
