using System.Reflection;
using System.Runtime.CompilerServices;
using TaskQueue.Files;

namespace TaskQueue.Plugins;

/// <summary>What the metadata of one DLL says.</summary>
internal sealed class PluginDll
{
    private const long Mebi = 1024 * 1024, MaxDllBytes = 512 * Mebi, MaxDependenciesBytes = 64 * Mebi;

    private static readonly string WorkerTypeAttributeName = typeof(WorkerTypeAttribute).FullName!;
    private static readonly string ReferenceAssemblyAttributeName = typeof(ReferenceAssemblyAttribute).FullName!;

    private readonly string _path;
    private readonly List<PluginWorker> _workers = [];
    private readonly List<PluginFormat> _formats = [];
    private readonly List<PluginProblem> _problems = [];
    private readonly HashSet<string> _references = new(StringComparer.OrdinalIgnoreCase);

    private PluginDll(string path) => _path = path;

    public IReadOnlyList<PluginWorker> Workers => _workers;

    public IReadOnlyList<PluginFormat> Formats => _formats;

    public IReadOnlyList<PluginProblem> Problems => _problems;

    /// <summary>Whether it is a sound DLL in which nothing even looks like a plugin.</summary>
    public bool IsLibrary { get; private set; }

    /// <summary>Whether this DLL refers to <paramref name="other"/>, which lies in the same folder.</summary>
    public bool Uses(PluginDll other) =>
        Path.GetDirectoryName(_path) == Path.GetDirectoryName(other._path)
        && _references.Contains(Path.GetFileNameWithoutExtension(other._path));

    /// <summary>Reads a DLL. Whatever is wrong with it becomes a problem.</summary>
    public static PluginDll Read(string path)
    {
        var dll = new PluginDll(path);
        try
        {
            RequireRegularFiles(path);
            dll.ReadMetadata();
        }
        catch (BadImageFormatException)
        {
            dll.Refuse("the file is not a .NET assembly, or is damaged; copy it again, or remove it");
        }
        catch (Exception e)
        {
            // Damaged metadata can make the reader throw anything. It is one plugin's fault and must not become the pool's.
            dll.Refuse($"the file cannot be read as a plugin: {e.Message}");
        }

        return dll;
    }

    // What follows opens them by their names, and would wait for a pipe for ever.
    private static void RequireRegularFiles(string path)
    {
        RegularFile.Require(path, MaxDllBytes);
        RegularFile.Require(Path.ChangeExtension(path, "deps.json"), MaxDependenciesBytes);
        if (PluginTrust.HasOwnFolder(path))
        {
            FolderTree.Files(Path.GetDirectoryName(path)!);
        }
    }

    private void ReadMetadata()
    {
        using var context = new MetadataLoadContext(new PluginMetadataResolver(_path), SharedAssemblies.CoreAssemblyName);
        var assembly = context.LoadFromAssemblyPath(_path);
        var references = assembly.GetReferencedAssemblies();
        _references.UnionWith(references.Select(reference => reference.Name!));
        if (assembly.GetCustomAttributesData().Any(attribute => attribute.AttributeType.FullName == ReferenceAssemblyAttributeName))
        {
            Refuse("it is a reference assembly, which has no code (compilers use it; builds leave one in obj/*/ref); copy the DLL from bin or publish");
            return;
        }

        if (MissingReferences(context, references) is { Count: > 0 } missing)
        {
            Refuse($"it needs {string.Join(", ", missing)}; put the missing DLLs and its deps.json beside it " +
                "(dotnet publish, or EnableDynamicLoading in its project, does so), or build it for this version");
            return;
        }

        var abstractions = context.LoadFromAssemblyName(SharedAssemblies.AbstractionsName);
        var baseWorker = abstractions.GetType(typeof(BaseWorker).FullName!, throwOnError: true)!;
        var format = abstractions.GetType(typeof(IWorkItemFormat).FullName!, throwOnError: true)!;
        var plugins = assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false })
            .Where(type => baseWorker.IsAssignableFrom(type) || format.IsAssignableFrom(type))
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .ToList();
        foreach (var type in plugins.Where(type => type.IsVisible))
        {
            AddPlugin(type, isWorker: baseWorker.IsAssignableFrom(type));
        }

        if (_workers.Count + _formats.Count + _problems.Count == 0)
        {
            IsLibrary = plugins.Count == 0;
            Refuse(IsLibrary
                ? "it has no workers: expected a public class that derives from TaskQueue.BaseWorker"
                : $"it has no public workers: make {plugins[0].FullName} public");
        }
    }

    private void AddPlugin(Type type, bool isWorker)
    {
        if (type.GetConstructor(Type.EmptyTypes) is null)
        {
            Problem($"class {type.FullName} has no public constructor without parameters, which a plugin's class needs; " +
                "read settings in OnStart instead");
        }
        else if (!isWorker)
        {
            _formats.Add(new PluginFormat(_path, type.FullName!));
        }
        else if (WorkerTypeOf(type) is var name && WorkerTypeName.IsValid(name))
        {
            _workers.Add(new PluginWorker(name, _path, type.FullName!));
        }
        else
        {
            Problem($"class {type.FullName} names its worker type \"{name}\"; expected {WorkerTypeName.Rule}. Name another with [WorkerType]");
        }
    }

    private static string WorkerTypeOf(Type type)
    {
        var attribute = type.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.FullName == WorkerTypeAttributeName);
        return attribute is null ? WorkerTypeName.FromClassName(type.Name) : attribute.ConstructorArguments[0].Value as string ?? "";
    }

    // Only the DLL's own references: libraries commonly refer to others that they can do without.
    private static List<string> MissingReferences(MetadataLoadContext context, AssemblyName[] references)
    {
        var missing = new List<string>();
        foreach (var reference in references)
        {
            try
            {
                var found = context.LoadFromAssemblyName(reference);
                if (SharedAssemblies.IsFromHost(found) && found.GetName().Version < reference.Version)
                {
                    missing.Add($"{reference.Name} {reference.Version} (this host has {found.GetName().Version})");
                }
            }
            catch (FileNotFoundException)
            {
                missing.Add($"{reference.Name} {reference.Version} (not found)");
            }
        }

        return missing;
    }

    private void Refuse(string message)
    {
        _workers.Clear();
        _formats.Clear();
        Problem(message);
    }

    // Messages of exceptions may have several lines; a problem is one.
    private void Problem(string message) => _problems.Add(new PluginProblem(_path, message.ReplaceLineEndings(" ")));
}
