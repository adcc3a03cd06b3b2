using TaskQueue.Plugins;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>The plugins of a folder as they could last be read.</summary>
/// <remarks>
/// A DLL that is there but cannot be read any more goes on offering what it offered before: a broken deployment is no order
/// to stop the workers that run. One that is gone offers nothing.
/// </remarks>
internal sealed class KnownPlugins
{
    private Dictionary<string, string> _states = new(StringComparer.Ordinal);
    private string _folderState = "";

    /// <summary>What the folder offers.</summary>
    public PluginCatalog Catalog { get; private set; } = new() { Workers = [], Formats = [], Problems = [] };

    /// <summary>Reads the folder.</summary>
    public void Scan(string folder)
    {
        _folderState = StateOf(folder);
        var now = PluginDiscovery.Scan(folder);
        var fullPath = Path.GetFullPath(folder);
        var broken = now.Problems.Where(problem => !problem.IsNote).Select(problem => problem.Path).ToHashSet(StringComparer.Ordinal);
        bool IsBroken(string assemblyPath) => broken.Contains(assemblyPath) || broken.Contains(fullPath);

        var served = now.Workers.Select(worker => worker.WorkerType).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var keptWorkers = Catalog.Workers.Where(worker => IsBroken(worker.AssemblyPath) && !served.Contains(worker.WorkerType)).ToList();
        var keptFormats = Catalog.Formats.Where(format => IsBroken(format.AssemblyPath) && !now.Formats.Contains(format)).ToList();
        var readable = now.Workers.Select(worker => worker.AssemblyPath).Concat(now.Formats.Select(format => format.AssemblyPath)).ToHashSet(StringComparer.Ordinal);
        var kept = keptWorkers.Select(worker => worker.AssemblyPath).Concat(keptFormats.Select(format => format.AssemblyPath)).ToHashSet(StringComparer.Ordinal);

        // With the state that it had, nothing that runs is replaced for its sake.
        _states = readable.Union(kept, StringComparer.Ordinal).ToDictionary(
            path => path,
            path => readable.Contains(path) ? PluginFiles.StateOf(path) : _states[path],
            StringComparer.Ordinal);
        Catalog = new PluginCatalog
        {
            Workers = [.. now.Workers.Concat(keptWorkers).OrderBy(worker => worker.WorkerType, StringComparer.Ordinal)],
            Formats = [.. now.Formats.Concat(keptFormats)
                .OrderBy(format => format.AssemblyPath, StringComparer.Ordinal).ThenBy(format => format.TypeName, StringComparer.Ordinal)],
            Problems = [.. now.Problems.Select(problem => kept.Contains(problem.Path) || (problem.Path == fullPath && kept.Count > 0)
                ? problem with { Message = $"{problem.Message}; the workers that run go on with what they have loaded" }
                : problem)],
        };
    }

    /// <summary>Reads the folder where a look at its files shows that something has changed.</summary>
    public void ScanIfChanged(string folder)
    {
        if (StateOf(folder) != _folderState)
        {
            Scan(folder);
        }
    }

    /// <summary>The state of the files of a plugin in the <see cref="Catalog"/>.</summary>
    public string StateOfPlugin(string assemblyPath) => _states[assemblyPath];

    private static string StateOf(string folder)
    {
        try
        {
            return PluginFiles.StateOfFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
