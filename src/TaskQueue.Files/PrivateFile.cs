namespace TaskQueue.Files;

/// <summary>Files that are nobody's business but their owner's.</summary>
public static class PrivateFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Makes an empty one to write to. It is private from the start: whoever had opened it before could read what comes later.</summary>
    /// <exception cref="IOException">It is there already, or cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Reads all of one, unless others can read it too.</summary>
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
