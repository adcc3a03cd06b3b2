using System.Reflection;
using System.Runtime.Loader;

namespace TaskQueue.Plugins;

/// <summary>
/// Loads one plugin with its private dependencies, which may be other versions than those of the host or of other
/// plugins. See <c>docs/plugins.md</c> for what is shared.
/// </summary>
/// <remarks>It follows the conventions of <see href="https://learn.microsoft.com/dotnet/core/tutorials/creating-app-with-plugin-support"/>.</remarks>
public sealed class PluginLoadContext : AssemblyLoadContext
{
    private readonly PluginDependencies _dependencies;
    private readonly string _assemblyPath;

    /// <summary>A context for the plugin in a DLL. Nothing is loaded yet.</summary>
    /// <param name="assemblyPath">The absolute path of the DLL.</param>
    /// <param name="canBeUnloaded">Whether the context goes when nothing of it is used any more and it is told to unload.</param>
    /// <exception cref="PluginLoadException">The DLL is missing, or its <c>deps.json</c> does not fit what is there.</exception>
    public PluginLoadContext(string assemblyPath, bool canBeUnloaded = false)
        : base(Path.GetFileNameWithoutExtension(assemblyPath), canBeUnloaded)
    {
        _assemblyPath = assemblyPath;
        try
        {
            _dependencies = new PluginDependencies(assemblyPath);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new PluginLoadException($"{assemblyPath}: the plugin's dependencies cannot be found: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Loads the DLL and creates an object of one of its classes.</summary>
    /// <typeparam name="T">What the class derives from or implements: <see cref="BaseWorker"/> or <see cref="IWorkItemFormat"/>.</typeparam>
    /// <param name="typeName">The full name of the class.</param>
    /// <returns>The object.</returns>
    /// <exception cref="PluginLoadException">The DLL or something that it needs cannot be loaded, the class is not there
    /// or not a <typeparamref name="T"/>, or its constructor throws.</exception>
    public T Create<T>(string typeName)
        where T : class
    {
        try
        {
            var type = LoadFromAssemblyPath(_assemblyPath).GetType(typeName, throwOnError: true)!;
            return Activator.CreateInstance(type) as T
                ?? throw new PluginLoadException($"{_assemblyPath}: class {typeName} is not a {typeof(T).FullName}.");
        }
        catch (TargetInvocationException e)
        {
            var cause = e.InnerException ?? e;
            while (cause is TargetInvocationException or TypeInitializationException or AggregateException { InnerExceptions.Count: 1 } && cause.InnerException is { } inner)
            {
                // Their own messages say nothing.
                cause = inner;
            }

            throw new PluginLoadException($"{_assemblyPath}: the constructor of {typeName} failed: {cause.GetType().FullName}: {cause.Message}", cause);
        }
        catch (Exception e) when (e is TypeLoadException or IOException or BadImageFormatException or MissingMethodException or UnauthorizedAccessException)
        {
            throw new PluginLoadException($"{_assemblyPath}: class {typeName} cannot be loaded: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        _dependencies.FindPrivate(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _dependencies.FindNative(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
