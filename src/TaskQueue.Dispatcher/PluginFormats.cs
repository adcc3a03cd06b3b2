using TaskQueue.Plugins;

namespace TaskQueue.Dispatcher;

/// <summary>The formats that plugins bring. Unlike a pool, a dispatcher runs their code in its own process: it must know
/// every message's worker type, and it never needs to be root.</summary>
/// <param name="Formats">Those that load.</param>
/// <param name="Problems">One line for each that does not.</param>
internal sealed record PluginFormats(IReadOnlyList<IWorkItemFormat> Formats, IReadOnlyList<string> Problems)
{
    public static PluginFormats Load(string pluginDirectory)
    {
        var formats = new List<IWorkItemFormat>();
        var problems = new List<string>();
        foreach (var format in PluginDiscovery.Scan(pluginDirectory).Formats)
        {
            try
            {
                formats.Add(PluginLoadContext.Create<IWorkItemFormat>(format.AssemblyPath, format.TypeName));
            }
            catch (Exception e)
            {
                // Whatever somebody's constructor throws must not keep the dispatcher from its work.
                problems.Add($"{format.AssemblyPath}: the format {format.TypeName} does not load: {e.Message}");
            }
        }

        return new PluginFormats(formats, problems);
    }
}
