using System.Runtime.Versioning;

namespace TaskQueue.Testing;

/// <summary>The executables and plugins, copied to where every user may read and run them.</summary>
/// <remarks>A source tree may lie in a home directory that the users whom workers run as cannot enter.</remarks>
[SupportedOSPlatform("linux")]
public sealed class Installation : IDisposable
{
    private static readonly string BuildRoot = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));
    private static readonly string BuildConfiguration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("taskqueue-e2e-");

    public Installation()
    {
        if (BuiltPrograms.Installation is { } installation)
        {
            Copy(installation, _root.FullName);
        }
        else
        {
            foreach (var project in (string[])["TaskQueue.Dispatcher", "TaskQueue.WorkerPool", "TaskQueue.BrokerService", "TaskQueue.Standalone", "TaskQueue.Web", "TaskQueue.Cli"])
            {
                Copy(Path.Combine(BuildRoot, project, BuildConfiguration), Path.Combine(_root.FullName, project));
            }
        }

        MakeReadable(_root.FullName);
    }

    /// <summary>The root of the repository.</summary>
    public static string SourceTree => Path.GetFullPath(Path.Combine(BuildRoot, "..", ".."));

    public string Dispatcher => Program("TaskQueue.Dispatcher", "taskqueue-dispatcher");

    public string WorkerPool => Program("TaskQueue.WorkerPool", "taskqueue-workerpool");

    public string Worker => Program("TaskQueue.WorkerPool", Path.Combine("worker", "taskqueue-worker"));

    public string Broker => Program("TaskQueue.BrokerService", "taskqueue-broker");

    public string Standalone => Program("TaskQueue.Standalone", "taskqueue-standalone");

    public string Web => Program("TaskQueue.Web", "taskqueue-web");

    public string Cli => Program("TaskQueue.Cli", "taskqueue");

    /// <summary>Where the example plugins were built to, one folder each.</summary>
    public static string ExamplePlugins => Path.GetFullPath(Path.Combine(BuildRoot, "..", "plugins"));

    /// <summary>Where the plugins that only tests use were built to.</summary>
    public static string TestPlugins => Path.GetFullPath(Path.Combine(BuildRoot, "..", "plugins-test"));

    public void Dispose() => _root.Delete(recursive: true);

    // An installation has all in one folder.
    private string Program(string project, string path) => Path.Combine(_root.FullName, BuiltPrograms.Installation is null ? project : "", path);

    /// <summary>Copies a folder with all that is in it.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }

    /// <summary>Lets everybody read a folder and what is in it.</summary>
    public static void MakeReadable(string folder)
    {
        const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(folder, Folder);
        foreach (var inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(inner, Folder);
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
    }
}
