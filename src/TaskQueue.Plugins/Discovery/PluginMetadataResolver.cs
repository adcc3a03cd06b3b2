using System.Reflection;
using TaskQueue.Files;

namespace TaskQueue.Plugins;

/// <summary>Finds assemblies for discovery by the rules that <see cref="PluginLoadContext"/> loads them by.</summary>
internal sealed class PluginMetadataResolver(string pluginPath) : MetadataAssemblyResolver
{
    private readonly PluginDependencies _dependencies = new(pluginPath);

    /// <inheritdoc/>
    public override Assembly? Resolve(MetadataLoadContext context, AssemblyName assemblyName)
    {
        var path = _dependencies.FindPrivate(assemblyName) ?? SharedAssemblies.FindInHost(assemblyName);
        if (path is null)
        {
            return null;
        }

        RegularFile.Require(path, long.MaxValue);
        return context.LoadFromAssemblyPath(path);
    }
}
