using Microsoft.Extensions.Logging;
using TaskQueue.Plugins;
using TaskQueue.Worker.Output;
using TaskQueue.Worker.Tasks;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Starting;

/// <summary>The DLLs that this process loads: a plugin's, and those of formats.</summary>
internal sealed class LoadedPlugins
{
    // A worker and a format of one DLL share their context, and so their types.
    private readonly Dictionary<string, PluginLoadContext> _contexts = [];

    public PluginLoadContext ContextOf(string assemblyPath)
    {
        if (!_contexts.TryGetValue(assemblyPath, out var context))
        {
            _contexts[assemblyPath] = context = new PluginLoadContext(assemblyPath);
        }

        return context;
    }

    /// <summary>Loads all formats that do load.</summary>
    /// <param name="configure">Which.</param>
    /// <param name="output">Where the lines about the others go.</param>
    public WorkItemFormats LoadFormats(ConfigureFrame configure, TaskOutput output)
    {
        var formats = new List<IWorkItemFormat>();
        foreach (var format in configure.Formats)
        {
            try
            {
                var loaded = ContextOf(format.AssemblyPath).Create<IWorkItemFormat>(format.TypeName);
                formats.Add(loaded.WorkItemType is { Length: > 0 } ? loaded : throw new FormatException("it has no WorkItemType"));
            }
            catch (Exception e)
            {
                // The format may be another plugin's: what is wrong with it must not stop this one.
                output.Write(LogLevel.Warning, $"{format.AssemblyPath}: the format {format.TypeName} does not load and is not used: {Failure.Summary(e)}");
            }
        }

        return new WorkItemFormats(configure.WorkItemTypeMap.Count > 0 ? configure.WorkItemTypeMap : null, configure.DefaultWorkItemType, formats);
    }
}
