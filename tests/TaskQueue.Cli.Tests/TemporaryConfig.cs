namespace TaskQueue.Cli.Tests;

/// <summary>A folder with a config.ini, for the time of a test.</summary>
internal sealed class TemporaryConfig : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-cli-");

    /// <param name="text">The text; <c>{folder}</c> stands for the folder.</param>
    public TemporaryConfig(string text)
    {
        Path = System.IO.Path.Combine(Folder, "config.ini");
        File.WriteAllText(Path, text.Replace("{folder}", Folder, StringComparison.Ordinal));
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public string Folder => _folder.FullName;

    public string Path { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
