using TaskQueue.Plugins;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>The formats, which every worker process loads besides its plugin, and the state of all those files.</summary>
/// <param name="formats">The formats.</param>
/// <param name="stateOf">The state of the files of a plugin.</param>
internal sealed class LoadedFiles(IEnumerable<PluginFormat> formats, Func<string, string> stateOf)
{
    private readonly Dictionary<string, string> _states = new(StringComparer.Ordinal);

    /// <summary>The formats.</summary>
    public IReadOnlyList<PluginClass> Formats { get; } = [.. formats.Select(format => new PluginClass(format.AssemblyPath, format.TypeName))];

    /// <summary>The state of all that a worker with this plugin loads.</summary>
    public string StateWith(string? plugin) => string.Join(
        '\0', Formats.Select(format => format.AssemblyPath).Prepend(plugin).OfType<string>().Distinct(StringComparer.Ordinal).Select(StateOf));

    private string StateOf(string path) => _states.TryGetValue(path, out var state) ? state : _states[path] = stateOf(path);
}
