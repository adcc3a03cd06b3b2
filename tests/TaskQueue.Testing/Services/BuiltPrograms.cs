namespace TaskQueue.Testing;

/// <summary>The programs of this repository, for those who start them as the user that the tests run as: in the installation that the environment variable
/// <c>TASKQUEUE_TEST_INSTALLATION</c> names, where they start sooner, or else where they were built to.</summary>
public static class BuiltPrograms
{
    /// <summary>The folder of the installation, which has all programs; null for those that were built, as these tests were: release or debug.</summary>
    public static string? Installation { get; } = Environment.GetEnvironmentVariable("TASKQUEUE_TEST_INSTALLATION") is { Length: > 0 } folder ? folder : null;

    /// <summary>The file of a program.</summary>
    /// <param name="project">The name of its project.</param>
    /// <param name="program">Its name.</param>
    public static string Path(string project, string program) => Installation is not null ? System.IO.Path.Combine(Installation, program) : System.IO.Path.GetFullPath(System.IO.Path.Combine(
        AppContext.BaseDirectory, "..", "..", project, System.IO.Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), program));
}
