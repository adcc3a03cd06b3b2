namespace TaskQueue.Testing;

/// <summary>The programs of this repository where they were built to, for those who start them as the user that the tests run as.</summary>
public static class BuiltPrograms
{
    /// <summary>A program, as these tests were built: release or debug.</summary>
    /// <param name="project">The name of its project.</param>
    /// <param name="program">Its name.</param>
    public static string Path(string project, string program) => System.IO.Path.GetFullPath(System.IO.Path.Combine(
        AppContext.BaseDirectory, "..", "..", project, System.IO.Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), program));
}
