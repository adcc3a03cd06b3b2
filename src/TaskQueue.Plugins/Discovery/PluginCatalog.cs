namespace TaskQueue.Plugins;

/// <summary>What a plugin folder offers, and what in it is unusable.</summary>
public sealed record PluginCatalog
{
    /// <summary>The worker types, in ordinal order; each type occurs once.</summary>
    public required IReadOnlyList<PluginWorker> Workers { get; init; }

    /// <summary>The formats of work items, in the order of their DLLs.</summary>
    public required IReadOnlyList<PluginFormat> Formats { get; init; }

    /// <summary>What was found and cannot be used, in the order in which it was found.</summary>
    public required IReadOnlyList<PluginProblem> Problems { get; init; }
}

/// <summary>A class that serves a worker type.</summary>
/// <param name="WorkerType">The worker type; it follows <see cref="WorkerTypeName"/>.</param>
/// <param name="AssemblyPath">The absolute path of its DLL.</param>
/// <param name="TypeName">The full name of the class, as <see cref="Type.FullName"/> gives it.</param>
public sealed record PluginWorker(string WorkerType, string AssemblyPath, string TypeName);

/// <summary>A class that implements <see cref="IWorkItemFormat"/>.</summary>
/// <param name="AssemblyPath">The absolute path of its DLL.</param>
/// <param name="TypeName">The full name of the class, as <see cref="Type.FullName"/> gives it.</param>
public sealed record PluginFormat(string AssemblyPath, string TypeName);

/// <summary>Something in the plugin folder that is not offered. Everything else is.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Message">What was found, what was expected, and what to do, in a line.</param>
public sealed record PluginProblem(string Path, string Message)
{
    /// <summary>Whether this is worth no more than a debug line: a library that lies beside the plugin that uses it.</summary>
    public bool IsNote { get; init; }
}
