using TaskQueue.Configuration;
using TaskQueue.Plugins;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Turns the configuration and the plugins that were found into the processes to run.</summary>
/// <param name="executable">The path of <c>taskqueue-worker</c>.</param>
/// <param name="host">What this host allows.</param>
internal sealed class PoolPlanner(string executable, HostFacts host)
{
    /// <summary>Plans. A section that cannot run as asked becomes a problem, never something else that could run.</summary>
    public PoolPlan Plan(TaskQueueConfiguration configuration, PluginCatalog catalog)
    {
        var problems = catalog.Problems.Where(problem => !problem.IsNote).Select(problem => $"{problem.Path}: {problem.Message}").ToList();
        var plugins = catalog.Workers.ToDictionary(plugin => plugin.WorkerType, StringComparer.OrdinalIgnoreCase);
        var formats = catalog.Formats.Select(format => new PluginClass(format.AssemblyPath, format.TypeName)).ToList();
        var types = new List<TypePlan>();
        foreach (var type in TypesOf(configuration, catalog).Where(type => configuration.Service.Runs(type.Name)))
        {
            if (!plugins.TryGetValue(type.Plugin, out var plugin))
            {
                problems.Add(MissingPlugin(type, configuration.Service));
                continue;
            }

            var workers = type.Groups.SelectMany(group => PlanGroup(configuration.Service, type, group, plugin, formats, problems)).ToList();
            if (workers.Count > 0)
            {
                types.Add(new TypePlan(type.Name, workers));
            }
        }

        problems.AddRange((configuration.Service.OnlyTypes ?? [])
            .Where(name => !plugins.ContainsKey(name) && !configuration.WorkerTypes.Any(type => SameName(type.Name, name)))
            .Select(name => $"[taskqueue] workers: no plugin in {configuration.Service.PluginDir} serves the worker type \"{name}\"; install it, or remove the name."));
        return new PoolPlan(types, problems);
    }

    // Installing a plugin is enough to have it run; a section under its name, or one that borrows it, says how.
    private static IEnumerable<WorkerTypeOptions> TypesOf(TaskQueueConfiguration configuration, PluginCatalog catalog) =>
        configuration.WorkerTypes.Concat(catalog.Workers
            .Where(plugin => !configuration.WorkerTypes.Any(type => SameName(type.Name, plugin.WorkerType)))
            .Select(plugin => configuration.ForType(plugin.WorkerType)));

    private static string MissingPlugin(WorkerTypeOptions type, ServiceOptions service) =>
        $"{type.Location}: [{type.Name}]: no plugin in {service.PluginDir} serves the worker type \"{type.Plugin}\"; its tasks stay in their queue.";

    private static bool SameName(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private IEnumerable<WorkerSpec> PlanGroup(
        ServiceOptions service,
        WorkerTypeOptions type,
        WorkerGroupOptions group,
        PluginWorker plugin,
        IReadOnlyList<PluginClass> formats,
        List<string> problems)
    {
        var name = group.Group is null ? type.Name : $"{type.Name}_{group.Group}";
        UnixUser? switchTo = null;
        if (group.User is { } user && user != host.User)
        {
            switchTo = host.FindUser(user);
            if (switchTo is null)
            {
                problems.Add($"[{name}] user = \"{user}\": this host has no such user; the section is not run. Create the user, or correct the name.");
                return [];
            }

            if (!host.IsRoot)
            {
                problems.Add($"[{name}] user = \"{user}\": only a pool that runs as root can switch users, this one runs as \"{host.User}\"; the section is not run.");
                return [];
            }
        }

        var launch = LaunchCommand.Build(executable, group, switchTo, host.Variable);
        return Enumerable.Range(1, group.Workers).Select(number => new WorkerSpec(
            $"{name}#{number}",
            new ConfigureFrame
            {
                Worker = $"{name}#{number}",
                WorkerType = type.Name,
                Plugin = new PluginClass(plugin.AssemblyPath, plugin.TypeName),
                Formats = formats,
                WorkItemTypeMap = service.WorkItemTypeMap,
                DefaultWorkItemType = service.DefaultWorkItemType,
                Settings = group.Settings,
                IdleTimeout = group.IdleTimeout,
            },
            launch,
            group));
    }
}
