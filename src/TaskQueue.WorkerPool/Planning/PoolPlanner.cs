using System.Collections.ObjectModel;
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
        var problems = catalog.Problems.Where(problem => !problem.IsNote).Select(problem => $"{problem.Path}: {problem.Message}").ToList();
        var plugins = catalog.Workers.ToDictionary(plugin => plugin.WorkerType, StringComparer.OrdinalIgnoreCase);
        var files = new LoadedFiles(catalog.Formats, stateOfPlugin ?? PluginFiles.StateOf);
        var types = new List<TypePlan>();
        foreach (var type in TypesOf(configuration, catalog).Where(type => configuration.Service.Runs(type.Name)))
        {
            if (type.Command is { } command)
            {
                types.Add(PlanType(configuration.Service, type, group => CommandPlan.Of(command, group), files, scales ?? ReadOnlyDictionary<string, int>.Empty, problems));
            }
            else if (plugins.TryGetValue(type.Plugin, out var plugin))
            {
                types.Add(PlanType(configuration.Service, type, _ => new Work(plugin.AssemblyPath, new PluginClass(plugin.AssemblyPath, plugin.TypeName)), files, scales ?? ReadOnlyDictionary<string, int>.Empty, problems));
            }
            else
            {
                problems.Add(MissingPlugin(type, configuration.Service));
                types.Add(new TypePlan(type.Name, []) { LacksPlugin = true });
            }
        }

        foreach (var name in (configuration.Service.OnlyTypes ?? [])
            .Where(name => !plugins.ContainsKey(name) && !configuration.WorkerTypes.Any(type => SameName(type.Name, name))))
        {
            problems.Add($"[taskqueue] workers: no plugin in {configuration.Service.PluginDir} serves the worker type \"{name}\"; install it, or remove the name.");
            types.Add(new TypePlan(name, []) { LacksPlugin = true });
        }

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

    private TypePlan PlanType(
        ServiceOptions service,
        WorkerTypeOptions type,
        Func<WorkerGroupOptions, Work> workOf,
        LoadedFiles files,
        IReadOnlyDictionary<string, int> scales,
        List<string> problems)
    {
        var workers = new List<WorkerSpec>();
        var refused = new List<string>();
        foreach (var configured in type.Groups)
        {
            var section = configured.Group is null ? type.Name : $"{type.Name}_{configured.Group}";
            var group = scales.TryGetValue(section, out var count) ? configured with { Workers = count } : configured;
            if (TryFindUser(section, group, problems, out var switchTo))
            {
                workers.AddRange(PlanGroup(service, type, section, group, switchTo, workOf(group), files));
            }
            else
            {
                refused.Add(section);
            }
        }

        return new TypePlan(type.Name, workers) { Refused = refused };
    }

    private bool TryFindUser(string section, WorkerGroupOptions group, List<string> problems, out UnixUser? switchTo)
    {
        switchTo = null;
        if (group.User is not { } user || user == host.User)
        {
            return true;
        }

        switchTo = host.FindUser(user);
        if (switchTo is null)
        {
            problems.Add($"[{section}] user = \"{user}\": this host has no such user; no worker is started for the section, those that run already go on. Create the user, or correct the name.");
            return false;
        }

        if (!host.IsRoot)
        {
            problems.Add($"[{section}] user = \"{user}\": only a pool that runs as root can switch users, this one runs as \"{host.User}\"; no worker is started for the section, those that run already go on.");
            return false;
        }

        return true;
    }

    private IEnumerable<WorkerSpec> PlanGroup(
        ServiceOptions service,
        WorkerTypeOptions type,
        string section,
        WorkerGroupOptions group,
        UnixUser? switchTo,
        Work work,
        LoadedFiles files)
    {
        var launch = LaunchCommand.Build(executable, group, switchTo, host.Variable);
        var state = files.StateWith(work.Plugin?.AssemblyPath);
        return Enumerable.Range(1, group.Workers).Select(number => new WorkerSpec(
            $"{section}#{number}",
            new ConfigureFrame
            {
                Worker = $"{section}#{number}",
                WorkerType = type.Name,
                Plugin = work.Plugin,
                Command = work.Command,
                Formats = files.Formats,
                WorkItemTypeMap = service.WorkItemTypeMap,
                DefaultWorkItemType = service.DefaultWorkItemType,
                Settings = group.Settings,
                Concurrency = group.Concurrency,
                IdleTimeout = group.IdleTimeout,
                MaxResultBytes = group.MaxResultBytes,
            },
            launch,
            group)
        {
            PluginFiles = state,
            Runs = work.Description,
        });
    }

    /// <summary>The formats, which every worker process loads besides its plugin, and the state of all those files.</summary>
    private sealed class LoadedFiles(IEnumerable<PluginFormat> formats, Func<string, string> stateOf)
    {
        private readonly Dictionary<string, string> _states = new(StringComparer.Ordinal);

        public IReadOnlyList<PluginClass> Formats { get; } = [.. formats.Select(format => new PluginClass(format.AssemblyPath, format.TypeName))];

        public string StateWith(string? plugin) => string.Join(
            '\0', Formats.Select(format => format.AssemblyPath).Prepend(plugin).OfType<string>().Distinct(StringComparer.Ordinal).Select(StateOf));

        private string StateOf(string path) => _states.TryGetValue(path, out var state) ? state : _states[path] = stateOf(path);
    }
}
