namespace TaskQueue.Configuration.Reading;

/// <summary>The folder beside a config.ini whose files are read after it, each over what came before: <c>conf.d/*.ini</c>, in the order of their names.</summary>
internal static class DropIns
{
    private const string FolderName = "conf.d", Extension = ".ini";

    /// <summary>The folder of a configuration, whether it is there or not.</summary>
    public static string FolderOf(string path) => Path.Combine(Path.GetDirectoryName(path) ?? "", FolderName);

    /// <summary>Finds the files of a configuration.</summary>
    /// <param name="path">The config.ini.</param>
    /// <returns>Their paths, in the order in which they are read. Names that begin with a dot, or end otherwise (as those of editors and of dpkg do), are none.</returns>
    /// <exception cref="ConfigurationException">The folder cannot be read.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        var folder = FolderOf(path);
        var expected = $"expected a folder with files {FolderName}/*{Extension}, which are read after {Path.GetFileName(path)}";
        if (File.Exists(folder))
        {
            throw new ConfigurationException($"{folder}: {expected}; found a file.");
        }

        try
        {
            return
            [
                .. Directory.GetFileSystemEntries(folder)
                    .Where(file => file.EndsWith(Extension, StringComparison.Ordinal) && !Path.GetFileName(file.AsSpan()).StartsWith('.'))
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{folder}: the folder may not be read by the user \"{Environment.UserName}\"; allow it, or run as another user.");
        }
        catch (IOException e)
        {
            throw new ConfigurationException($"{folder}: {expected}: {e.Message}");
        }
    }
}
