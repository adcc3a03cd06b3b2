using System.Collections.ObjectModel;
using TaskQueue.Configuration;
using TaskQueue.Plugins;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Turns the configuration and the plugins that were found into the processes to run.</summary>
/// <param name="executable">The path of <c>taskqueue-worker</c>.</param>
/// <param name="host">What this host allows.</param>
internal sealed class PoolPlanner(string executable, PlanFacts host)
{
    /// <summary>Plans. A section that cannot run as asked becomes a problem, never something else that could run.</summary>
    /// <param name="configuration">What is configured.</param>
    /// <param name="catalog">The plugins.</param>
    /// <param name="stateOfPlugin">The state of the files of a plugin; default: that of this moment.</param>
    /// <param name="scales">How many workers a section has, where that is not what the configuration says.</param>
    public PoolPlan Plan(
        TaskQueueConfiguration configuration,
        PluginCatalog catalog,
        Func<string, string>? stateOfPlugin = null,
        IReadOnlyDictionary<string, int>? scales = null)
    {
        var unreadable = catalog.Problems.Where(problem => !problem.IsNote).Select(problem => $"{problem.Path}: {problem.Message}").ToList();
        var problems = unreadable.ToList();
        var plugins = catalog.Workers.ToDictionary(plugin => plugin.WorkerType, StringComparer.OrdinalIgnoreCase);
        var trust = new CodeTrust(host, catalog);
        var users = new SectionUsers(host, configuration.Service.WorkerUser);
        var limits = new SectionLimits(host, configuration.Service);
        var files = new LoadedFiles(trust.Formats(), stateOfPlugin ?? PluginFiles.StateOf);
        var sections = new SectionPlanner(executable, host, configuration.Service, users, limits, files, scales ?? ReadOnlyDictionary<string, int>.Empty);
        var types = new List<TypePlan>();
        foreach (var type in TypesOf(configuration, catalog).Where(type => configuration.Service.Runs(type.Name)))
        {
            if (type.Command is { } command)
            {
                types.Add(sections.Plan(type, group => CommandPlan.Of(command, group), (section, group, user) => trust.Refuses(section, command, group, user)));
            }
            else if (plugins.TryGetValue(type.Plugin, out var plugin))
            {
                var work = new Work(plugin.AssemblyPath, new PluginClass(plugin.AssemblyPath, plugin.TypeName));
                types.Add(sections.Plan(type, _ => work, (section, _, user) => trust.Refuses(section, plugin, user)));
            }
            else
            {
                var missing = MissingPlugin(type.Plugin, configuration.Service);
                problems.Add($"{type.Location}: [{type.Name}]: {missing}; its tasks stay in their queue.");
                types.Add(new TypePlan(type.Name, []) { MissingPlugin = missing });
            }
        }

        foreach (var name in (configuration.Service.OnlyTypes ?? [])
            .Where(name => !plugins.ContainsKey(name) && !configuration.WorkerTypes.Any(type => SameName(type.Name, name))))
        {
            var missing = MissingPlugin(name, configuration.Service);
            problems.Add($"[taskqueue] workers: {missing}; install it, or remove the name.");
            types.Add(new TypePlan(name, []) { MissingPlugin = missing });
        }

        return new PoolPlan(types, [.. problems, .. users.Problems, .. trust.Problems, .. limits.Problems]) { PluginProblems = unreadable, Notes = limits.Notes };
    }

    // Installing a plugin is enough to have it run; a section under its name, or one that borrows it, says how.
    private static IEnumerable<WorkerTypeOptions> TypesOf(TaskQueueConfiguration configuration, PluginCatalog catalog) =>
        configuration.WorkerTypes.Concat(catalog.Workers
            .Where(plugin => !configuration.WorkerTypes.Any(type => SameName(type.Name, plugin.WorkerType)))
            .Select(plugin => configuration.ForType(plugin.WorkerType)));

    private static string MissingPlugin(string workerType, ServiceOptions service) => $"no plugin in {service.PluginDir} serves the worker type \"{workerType}\"";

    private static bool SameName(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
