using System.Reflection;
using System.Reflection.Emit;

namespace TaskQueue.Plugins.Tests;

/// <summary>A plugin folder for one test, and the DLLs to put into it.</summary>
internal sealed class PluginDirectory : IDisposable
{
    private static readonly string Artifacts = typeof(PluginDirectory).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == "Artifacts").Value!;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("taskqueue-plugins-");

    public string Root => _root.FullName;

    public static string Built(string plugin) => Path.Combine(Artifacts, plugin == "testplugins" ? "plugins-test" : "plugins", plugin);

    public PluginCatalog Scan() => PluginDiscovery.Scan(Root);

    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Copies a built drop-in folder.</summary>
    public void Install(string plugin, string? asName = null, Func<string, bool>? only = null)
    {
        var folder = Directory.CreateDirectory(PathOf(asName ?? plugin));
        foreach (var file in Directory.EnumerateFiles(Built(plugin)))
        {
            if (only?.Invoke(Path.GetFileName(file)) != false)
            {
                File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            }
        }
    }

    /// <summary>Writes a DLL whose classes are described in code.</summary>
    /// <param name="path">The file, relative to the folder.</param>
    /// <param name="define">Adds the classes.</param>
    /// <param name="assemblyName">The assembly's name, where it is not the file's.</param>
    public void Write(string path, Action<ModuleBuilder> define, string? assemblyName = null)
    {
        var name = assemblyName ?? Path.GetFileNameWithoutExtension(path);
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name) { Version = new Version(1, 0) }, typeof(object).Assembly);
        define(assembly.DefineDynamicModule(name));
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        assembly.Save(PathOf(path));
    }

    /// <summary>Defines a class that derives from <see cref="BaseWorker"/>.</summary>
    public static void Worker(
        ModuleBuilder module, string className, string? workerType = null, TypeAttributes attributes = TypeAttributes.Public, bool hasConstructor = true)
    {
        var type = module.DefineType(className, attributes, typeof(BaseWorker));
        if (hasConstructor)
        {
            type.DefineDefaultConstructor(MethodAttributes.Public);
        }
        else
        {
            type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]).GetILGenerator().Emit(OpCodes.Ret);
        }

        if (workerType is not null)
        {
            type.SetCustomAttribute(new CustomAttributeBuilder(typeof(WorkerTypeAttribute).GetConstructor([typeof(string)])!, [workerType]));
        }

        type.CreateType();
    }

    public void Dispose() => _root.Delete(recursive: true);
}
