using System.Collections.Frozen;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Plugins;

/// <summary>Which assemblies a plugin has in common with its host.</summary>
/// <remarks>
/// Shared are <c>TaskQueue.Abstractions</c> and all that it refers to: those hold the types that host and plugin hand each
/// other (<c>BaseWorker</c>, <c>ILogger</c>, <c>JsonObject</c>), and a type loaded twice is two types. A plugin's own
/// copies of them are ignored. Everything else comes from the plugin's folder first, then from the framework.
/// </remarks>
internal static class SharedAssemblies
{
    private static readonly Assembly Abstractions = typeof(BaseWorker).Assembly;

    private static readonly FrozenSet<string> Shared = Abstractions.GetReferencedAssemblies()
        .Append(Abstractions.GetName())
        .Select(name => name.Name!)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // The folders of .NET itself and of ASP.NET, whose ILogger Abstractions uses.
    private static readonly string[] FrameworkFolders =
    [
        Path.GetDirectoryName(typeof(object).Assembly.Location)!,
        Path.GetDirectoryName(typeof(ILogger).Assembly.Location)!,
    ];

    /// <summary>The name of the assembly that defines <see cref="object"/>.</summary>
    public static string CoreAssemblyName { get; } = typeof(object).Assembly.GetName().Name!;

    /// <summary>The name of <c>TaskQueue.Abstractions</c>.</summary>
    public static AssemblyName AbstractionsName { get; } = Abstractions.GetName();

    /// <summary>The file name of <c>TaskQueue.Abstractions</c>.</summary>
    public static string AbstractionsFile { get; } = $"{AbstractionsName.Name}.dll";

    /// <summary>Whether plugins must use the host's copy.</summary>
    public static bool IsShared(AssemblyName name) => Shared.Contains(name.Name!);

    /// <summary>Whether the host's version is the one that counts, because it is shared or the framework's own.</summary>
    public static bool IsFromHost(Assembly assembly) =>
        assembly.Location == Abstractions.Location || FrameworkFolders.Contains(Path.GetDirectoryName(assembly.Location));

    /// <summary>The host's copy of an assembly: a shared one, or one of the framework's.</summary>
    public static string? FindInHost(AssemblyName name)
    {
        if (string.Equals(name.Name, AbstractionsName.Name, StringComparison.OrdinalIgnoreCase))
        {
            return Abstractions.Location;
        }

        return FrameworkFolders.Select(folder => Path.Combine(folder, name.Name + ".dll")).FirstOrDefault(File.Exists);
    }
}
