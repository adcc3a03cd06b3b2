using TaskQueue.Configuration;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Doctor;

/// <summary>The worker sections that run on this host.</summary>
internal static class Sections
{
    /// <summary>Each with its name, its type and its settings; plugins without a section have that of the defaults.</summary>
    public static IEnumerable<(string Section, WorkerTypeOptions Type, WorkerGroupOptions Options)> Of(TaskQueueConfiguration configuration, PluginCatalog catalog) =>
        from type in configuration.WorkerTypes.Concat(catalog.Workers.Select(worker => configuration.ForType(worker.WorkerType)).Where(type => !type.HasSection))
        where configuration.Service.Runs(type.Name)
        from options in type.Groups
        select (options.Group is null ? type.Name : $"{type.Name}_{options.Group}", type, options);
}
