using TaskQueue.Plugins;
using TaskQueue.Worker.Output;
using TaskQueue.Worker.Tasks;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Starting;

/// <summary>Makes a plugin ready: loads it, gives it its settings, and calls its start callback.</summary>
/// <param name="plugin">What to load.</param>
/// <param name="configure">How to run it.</param>
/// <param name="output">Where the plugin's lines go outside of tasks.</param>
internal sealed class PluginStart(PluginClass plugin, ConfigureFrame configure, TaskOutput output)
{
    private const int MaxErrorLength = 2000;

    private readonly LoadedPlugins _files = new();

    /// <summary>Starts the plugin.</summary>
    /// <exception cref="UnusableException">It cannot be used.</exception>
    public async Task<LoadedPlugin> RunAsync(CancellationToken cancellationToken)
    {
        var worker = LoadWorker();
        worker.Settings = configure.Settings;
        worker.Logger = new PluginLogger(output);
        var formats = _files.LoadFormats(configure, output);
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
            throw Unusable($"its start callback failed: {Failure.Explain(e)}", e);
        }
    }

    private BaseWorker LoadWorker()
    {
        try
        {
            return _files.ContextOf(plugin.AssemblyPath).Create<BaseWorker>(plugin.TypeName);
        }
        catch (PluginLoadException e)
        {
            throw new UnusableException(Text.Line(e.Message, MaxErrorLength), e);
        }
        catch (Exception e)
        {
            // The edge of the plugin, whose constructors and module initialisers run here.
            throw Unusable($"it cannot be loaded: {Failure.Summary(e)}", e);
        }
    }

    private UnusableException Unusable(string problem, Exception cause) =>
        new($"{plugin.AssemblyPath}: class {plugin.TypeName}: {Text.Line(problem, MaxErrorLength)}", cause);
}
