using System.Reflection;
using System.Runtime.Loader;

namespace TaskQueue.Plugins;

/// <summary>Where a plugin's private dependencies are: where its <c>deps.json</c> says, or beside it when it has none.</summary>
/// <exception cref="InvalidOperationException">The <c>deps.json</c> is damaged, or names files that are not there.</exception>
internal sealed class PluginDependencies(string pluginPath)
{
    private readonly AssemblyDependencyResolver _resolver = new(pluginPath);

    /// <summary>The plugin's own copy of an assembly, unless that assembly is one that it shares with the host.</summary>
    public string? FindPrivate(AssemblyName name) =>
        SharedAssemblies.IsShared(name) ? null : _resolver.ResolveAssemblyToPath(name);

    /// <summary>The plugin's own copy of a native library.</summary>
    public string? FindNative(string name) => _resolver.ResolveUnmanagedDllToPath(name);
}
