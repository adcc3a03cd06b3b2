using Microsoft.Extensions.Logging;
using TaskQueue.Plugins;
using TaskQueue.Worker.Output;
using TaskQueue.Worker.Tasks;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Starting;

/// <summary>Makes a plugin ready: loads it, gives it its settings, and calls its start callback.</summary>
/// <param name="configure">What to load.</param>
/// <param name="output">Where the plugin's lines go outside of tasks.</param>
internal sealed class PluginStart(ConfigureFrame configure, TaskOutput output)
{
    private const int MaxErrorLength = 2000;

    // A worker and a format of one DLL share their context, and so their types.
    private readonly Dictionary<string, PluginLoadContext> _contexts = [];

    /// <summary>Starts the plugin.</summary>
    /// <exception cref="UnusablePluginException">It cannot be used.</exception>
    public async Task<LoadedPlugin> RunAsync(CancellationToken cancellationToken)
    {
        var worker = LoadWorker();
        worker.Settings = configure.Settings;
        worker.Logger = new PluginLogger(output);
        var formats = new WorkItemFormats(
            configure.WorkItemTypeMap.Count > 0 ? configure.WorkItemTypeMap : null, configure.DefaultWorkItemType, LoadFormats());
        try
        {
            await worker.OnStartAsync(cancellationToken);
            return new LoadedPlugin(worker, configure.WorkerType, formats, AcceptedTypes.Parse(worker.Accept));
        }
        catch (FormatException e)
        {
            throw Unusable(e.Message, e);
        }
        catch (Exception e)
        {
            // The edge of the plugin: whatever its start callback throws makes it unusable. The stack goes along, for its author:
            // a line of its own would be logged for every process and every try.
            throw Unusable($"its start callback failed: {Failure.Describe(e)}", e);
        }
    }

    private BaseWorker LoadWorker()
    {
        try
        {
            return ContextOf(configure.Plugin.AssemblyPath).Create<BaseWorker>(configure.Plugin.TypeName);
        }
        catch (PluginLoadException e)
        {
            throw new UnusablePluginException(Text.Line(e.Message, MaxErrorLength), e);
        }
        catch (Exception e)
        {
            // The edge of the plugin, whose constructors and module initialisers run here.
            throw Unusable($"it cannot be loaded: {Failure.Summary(e)}", e);
        }
    }

    private List<IWorkItemFormat> LoadFormats()
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

        return formats;
    }

    private PluginLoadContext ContextOf(string assemblyPath)
    {
        if (!_contexts.TryGetValue(assemblyPath, out var context))
        {
            _contexts[assemblyPath] = context = new PluginLoadContext(assemblyPath);
        }

        return context;
    }

    private UnusablePluginException Unusable(string problem, Exception cause) =>
        new($"{configure.Plugin.AssemblyPath}: class {configure.Plugin.TypeName}: {Text.Line(problem, MaxErrorLength)}", cause);
}
