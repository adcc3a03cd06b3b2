namespace TaskQueue.Plugins;

/// <summary>Which files of a plugin folder are plugins.</summary>
internal static class PluginFolder
{
    private const string DllExtension = ".dll";

    /// <summary>The DLLs to look into, in the ordinal order of their paths.</summary>
    public static List<string> Dlls(string directory, List<PluginProblem> problems)
    {
        var dlls = new List<string>();
        try
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(directory).Where(entry => !IsIgnored(entry)))
            {
                if (Directory.Exists(entry))
                {
                    AddFolder(entry, dlls, problems);
                }
                else if (entry.EndsWith(DllExtension, StringComparison.Ordinal))
                {
                    dlls.Add(entry);
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            problems.Add(new PluginProblem(directory, "there is no such folder; create it, or let plugin_dir name the folder that holds the plugins"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new PluginProblem(directory, $"the folder cannot be read: {e.Message}"));
        }

        dlls.Sort(StringComparer.Ordinal);
        return dlls;
    }

    private static void AddFolder(string folder, List<string> dlls, List<PluginProblem> problems)
    {
        var expected = Path.GetFileName(folder) + DllExtension;
        var dll = Path.Combine(folder, expected);
        try
        {
            if (File.Exists(dll))
            {
                dlls.Add(dll);
            }
            else if (Directory.EnumerateFiles(folder, "*" + DllExtension).Any())
            {
                problems.Add(new PluginProblem(folder, $"the folder holds DLLs, but no {expected}; a plugin's folder is named like its DLL"));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new PluginProblem(folder, $"the folder cannot be read: {e.Message}"));
        }
    }

    // Our own library, copied along with a plugin, is no plugin and no mistake: the host's copy is the one in use.
    private static bool IsIgnored(string entry) =>
        Path.GetFileName(entry) is var name && (name.StartsWith('.') || name == SharedAssemblies.AbstractionsFile);
}
