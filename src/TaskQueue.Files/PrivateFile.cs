using System.Runtime.Versioning;

namespace TaskQueue.Files;

/// <summary>Files with secrets: read only where nobody else can read them too.</summary>
[SupportedOSPlatform("linux")]
public static class PrivateFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="IOException">It is missing or no regular file, too large, or open to others than its owner.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadAllBytes(string path, long maxBytes)
    {
        using var file = RegularFile.Open(path, maxBytes);
        var status = FileStatus.Of(file, path);
        if ((status.Mode & Others) != UnixFileMode.None)
        {
            var mode = Convert.ToString((int)status.Mode, toBase: 8).PadLeft(4, '0');
            throw new IOException($"{path} is open to others than its owner (mode {mode}); chmod 600 {path}");
        }

        var content = new byte[status.Size];
        return content[..RandomAccess.Read(file, content, 0)];
    }
}
