using TaskQueue.Configuration;
using TaskQueue.Files;
using TaskQueue.Plugins;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Refuses the sections of a root pool whose code others may change than root and the user that they run as.</summary>
/// <param name="host">This host.</param>
/// <param name="catalog">The plugins.</param>
internal sealed class CodeTrust(PlanFacts host, PluginCatalog catalog)
{
    private readonly Dictionary<(string Place, uint User), (FileDistrust Distrust, List<string> Refused)> _refused = [];
    private readonly Dictionary<(string Path, uint User), FileDistrust?> _plugins = [];

    /// <summary>One line for each place that others may change, with the sections and formats that are not run for it.</summary>
    public IEnumerable<string> Problems => _refused.Values.Select(refusal =>
        $"{refusal.Distrust}. It leads to code of {string.Join(", ", refusal.Refused.Order(StringComparer.Ordinal))}: that is not run, workers that run already go on.");

    /// <summary>The formats that every worker loads, whoever it runs as: only those that nobody but root may change.</summary>
    public IReadOnlyList<PluginFormat> Formats() =>
        [.. catalog.Formats.Where(format => Refuses($"the format {format.TypeName}", OfPlugin(format.AssemblyPath, user: 0)) is null)];

    /// <summary>Why a section may not run its plugin as a user; nothing when it may.</summary>
    public string? Refuses(string section, PluginWorker plugin, uint user) => Refuses($"[{section}]", OfPlugin(plugin.AssemblyPath, user));

    /// <summary>Why a section may not run its command as a user; nothing when it may.</summary>
    public string? Refuses(string section, WorkerCommand command, WorkerGroupOptions options, uint user) =>
        Refuses($"[{section}]", command.ProgramFiles(options.SearchPath)
            .Select(path => host.WhoElseChangesProgram(path, user)).FirstOrDefault(distrust => distrust is not null));

    private string? Refuses(string what, FileDistrust? distrust)
    {
        if (distrust is null)
        {
            return null;
        }

        if (!_refused.TryGetValue((distrust.Path, distrust.User), out var refusal))
        {
            _refused.Add((distrust.Path, distrust.User), refusal = (distrust, []));
        }

        refusal.Refused.Add(what);
        return $"{distrust}";
    }

    private FileDistrust? OfPlugin(string assemblyPath, uint user) =>
        _plugins.TryGetValue((assemblyPath, user), out var known) ? known : _plugins[(assemblyPath, user)] = host.WhoElseChangesPlugin(assemblyPath, catalog, user);
}
