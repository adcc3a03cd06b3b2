using TaskQueue.Plugins;

namespace TaskQueue.Dispatcher;

/// <summary>The formats that plugins bring. Unlike a pool, a dispatcher runs their code in its own process, as the user that it runs as: it
/// must know every message's worker type, and it never needs to be root.</summary>
/// <remarks>Disposing of it lets the code go, once nothing uses it any more.</remarks>
internal sealed class PluginFormats : IDisposable
{
    private readonly List<IWorkItemFormat> _formats = [];
    private readonly List<string> _problems = [];
    private readonly List<PluginLoadContext> _contexts = [];

    private PluginFormats()
    {
    }

    /// <summary>Those that load.</summary>
    public IReadOnlyList<IWorkItemFormat> Formats => _formats;

    /// <summary>One line for each that does not.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Loads all formats of a plugin folder.</summary>
    /// <param name="pluginDirectory">The folder.</param>
    /// <param name="cancellationToken">Gives up, whatever a disk or a format's constructor does meanwhile.</param>
    public static async Task<PluginFormats> LoadAsync(string pluginDirectory, CancellationToken cancellationToken)
    {
        var catalog = await PluginDiscovery.ScanAsync(pluginDirectory, cancellationToken);
        return await Task.Run(() => Load(catalog), CancellationToken.None).WaitAsync(cancellationToken);
    }

    public void Dispose() => _contexts.ForEach(context => context.Unload());

    private static PluginFormats Load(PluginCatalog catalog)
    {
        var loaded = new PluginFormats();
        foreach (var format in catalog.Formats)
        {
            try
            {
                if (Environment.IsPrivilegedProcess && PluginTrust.Find(format.AssemblyPath, catalog, user: 0) is { } distrust)
                {
                    loaded._problems.Add($"{distrust}. The format {format.TypeName}, code that would run as root, is not loaded");
                    continue;
                }

                var context = new PluginLoadContext(format.AssemblyPath, canBeUnloaded: true);
                loaded._contexts.Add(context);
                loaded._formats.Add(context.Create<IWorkItemFormat>(format.TypeName));
            }
            catch (Exception e)
            {
                // Whatever somebody's constructor throws must not keep the dispatcher from its work.
                loaded._problems.Add($"{format.AssemblyPath}: the format {format.TypeName} does not load: {e.Message}");
            }
        }

        return loaded;
    }
}
