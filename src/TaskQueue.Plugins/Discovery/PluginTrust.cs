using TaskQueue.Files;

namespace TaskQueue.Plugins;

/// <summary>Finds out who may change the code of a plugin, see <see cref="FileTrust"/>.</summary>
public static class PluginTrust
{
    /// <summary>Looks for somebody else who may change a plugin: its DLL, what it may load from its folder, and the folders above.</summary>
    /// <param name="assemblyPath">The absolute path of the DLL.</param>
    /// <param name="catalog">What the plugin folder offers: of the DLLs beside this one, those are no part of it.</param>
    /// <param name="user">The number of the user who may, besides root.</param>
    /// <returns>A place that somebody else may change; <see langword="null"/> when there is none.</returns>
    public static FileDistrust? Find(string assemblyPath, PluginCatalog catalog, uint user)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var folder = Path.GetDirectoryName(assemblyPath)!;
        try
        {
            return FileTrust.Find(folder, user, isFolderOfCode: true)
                ?? FilesOf(assemblyPath, folder, catalog).Select(file => FileTrust.Find(file, user)).FirstOrDefault(distrust => distrust is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileDistrust(folder, Status: null, user) { Obstacle = e.Message };
        }
    }

    /// <summary>Whether the folder of a DLL belongs to this plugin alone: <c>x/x.dll</c>.</summary>
    internal static bool HasOwnFolder(string assemblyPath) =>
        Path.GetFileName(Path.GetDirectoryName(assemblyPath)) == Path.GetFileNameWithoutExtension(assemblyPath);

    private static IEnumerable<string> FilesOf(string assemblyPath, string folder, PluginCatalog catalog)
    {
        if (HasOwnFolder(assemblyPath))
        {
            return FolderTree.FilesAndFolders(folder);
        }

        var plugins = catalog.Workers.Select(worker => worker.AssemblyPath).Concat(catalog.Formats.Select(format => format.AssemblyPath)).ToHashSet(StringComparer.Ordinal);
        var libraries = Directory.EnumerateFiles(folder, "*.dll").Where(dll => !plugins.Contains(dll));
        return [assemblyPath, Path.ChangeExtension(assemblyPath, "deps.json"), .. libraries];
    }
}
