using System.Security.Cryptography;
using System.Text;
using TaskQueue.Files;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Notices that the files of a plugin have changed.</summary>
internal static class PluginFiles
{
    /// <summary>The state of all files that belong to a plugin: another text when any of them is another.</summary>
    /// <param name="assemblyPath">The plugin's DLL.</param>
    /// <remarks>In a folder of its own (<c>x/x.dll</c>) every file may be one that the plugin uses; otherwise only its DLL counts.</remarks>
    public static string StateOf(string assemblyPath)
    {
        try
        {
            var folder = new DirectoryInfo(Path.GetDirectoryName(assemblyPath)!);
            var state = folder.Name == Path.GetFileNameWithoutExtension(assemblyPath)
                ? StateOfFolder(folder.FullName)
                : Describe(assemblyPath, FileStatus.Of(assemblyPath), assemblyPath);

            // Package managers may give every version of a file the same time, and a small change may not change its length.
            using var content = new FileStream(RegularFile.Open(assemblyPath, long.MaxValue), FileAccess.Read);
            return state + Convert.ToHexString(SHA256.HashData(content));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is being replaced at this moment, or is not for us to read; its processes will say what is wrong, if anything is.
            return e.Message;
        }
    }

    /// <summary>The names, lengths and times of all files in a folder.</summary>
    public static string StateOfFolder(string folder)
    {
        var state = new StringBuilder();

        // A deployment may consist in pointing a link to another version.
        state.Append(new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName).Append('\n');
        foreach (var (path, status) in FolderTree.Files(folder))
        {
            state.Append(Describe(path, status, Path.GetRelativePath(folder, path)));
        }

        return state.ToString();
    }

    private static string Describe(string path, FileStatus? status, string name) => status is null
        ? $"{name}\n"
        : $"{name} {new FileInfo(path).LinkTarget} {status.Size} {status.Modified}\n";
}
