using TaskQueue.Configuration;

namespace TaskQueue.Cli.Doctor;

/// <summary>The worker sections that run on this host.</summary>
internal static class Sections
{
    /// <summary>Each with its name, its type and its settings.</summary>
    public static IEnumerable<(string Section, WorkerTypeOptions Type, WorkerGroupOptions Options)> Of(TaskQueueConfiguration configuration) =>
        from type in configuration.WorkerTypes
        where configuration.Service.Runs(type.Name)
        from options in type.Groups
        select (options.Group is null ? type.Name : $"{type.Name}_{options.Group}", type, options);
}
