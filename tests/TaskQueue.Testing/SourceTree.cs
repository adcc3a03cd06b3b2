namespace TaskQueue.Testing;

/// <summary>The sources that the tests were built from.</summary>
public static class SourceTree
{
    /// <summary>The folder of the solution.</summary>
    /// <remarks>Not by CallerFilePath: builds of CI have paths that are the same on every machine, and exist on none.</remarks>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "TaskQueue.sln")))
            {
                folder = folder.Parent ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has a TaskQueue.sln.");
            }

            return folder.FullName;
        }
    }
}
