using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Files;

/// <summary>Opens files that somebody else may have put there: never waits for a pipe, never reads a device, never reads without end.</summary>
public static class RegularFile
{
    /// <summary>Opens a file to read it.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="maxBytes">The largest that is accepted.</param>
    /// <exception cref="IOException">It is no regular file, too large, missing, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle Open(string path, long maxBytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return File.OpenHandle(path);
        }

        // Opened first and looked at then: between a look and the opening another could take its place. It is not waited for.
        var file = NativeMethods.Open(path, NativeMethods.ReadWithoutWaiting);
        if (file.IsInvalid)
        {
            // The framework's own exceptions, by which callers tell what is wrong. It fails as we did, unless something has just come.
            file.Dispose();
            Require(path, maxBytes);
            return File.OpenHandle(path);
        }

        try
        {
            Require(path, FileStatus.Of(file, path), maxBytes);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all of a file.</summary>
    /// <inheritdoc cref="Open"/>
    public static byte[] ReadAllBytes(string path, long maxBytes)
    {
        using var stream = new FileStream(Open(path, maxBytes), FileAccess.Read);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Refuses what is no regular file or too large, for those who have to open it by its name.</summary>
    /// <inheritdoc cref="Open"/>
    public static void Require(string path, long maxBytes)
    {
        if (OperatingSystem.IsLinux() && FileStatus.Of(path) is { } status)
        {
            Require(path, status, maxBytes);
        }
    }

    private static void Require(string path, FileStatus status, long maxBytes)
    {
        if (status.Kind != FileKind.Regular)
        {
            throw new IOException($"{path} is {Name(status.Kind)}; expected a regular file");
        }

        if (status.Size > maxBytes)
        {
            throw new IOException($"{path} has {status.Size} bytes; at most {maxBytes} are read");
        }
    }

    private static string Name(FileKind kind) => kind switch
    {
        FileKind.Pipe => "a named pipe",
        FileKind.Socket => "a socket",
        FileKind.Folder => "a folder",
        FileKind.CharacterDevice or FileKind.BlockDevice => "a device",
        _ => "neither a file nor a folder",
    };
}
