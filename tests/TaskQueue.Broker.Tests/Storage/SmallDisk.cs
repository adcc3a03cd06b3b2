using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Storage;

/// <summary>A file system of its own, which is full when it has to be.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-disk-");

    public SmallDisk(int megabytes) => Assert.SkipWhen(
        Shell.Try("mount", "", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", _folder.FullName).ExitCode != 0, "Needs the right to mount a file system.");

    public string File => Path.Combine(_folder.FullName, "broker.db");

    private string Filler => Path.Combine(_folder.FullName, "filler");

    public void Fill(long leaving) => System.IO.File.WriteAllBytes(Filler, new byte[new DriveInfo(_folder.FullName).AvailableFreeSpace - leaving]);

    public void Clear() => System.IO.File.Delete(Filler);

    public void Dispose()
    {
        Shell.Try("umount", "", "--lazy", _folder.FullName);
        _folder.Delete();
    }
}
