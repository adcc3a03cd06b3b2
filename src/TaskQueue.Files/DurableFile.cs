using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Files;

/// <summary>Files that are there after a power failure, whole or not at all.</summary>
public static class DurableFile
{
    /// <summary>What <see cref="Replace"/> writes first, beside the file.</summary>
    private const string Suffix = ".new";

    /// <summary>Flushes a file and the folder that names it to the disk.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void Flush(string path)
    {
        FlushOne(path);
        FlushOne(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>The absolute path of a file that may not be there yet, past links.</summary>
    /// <exception cref="IOException">The links go round in a circle.</exception>
    public static string Target(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <summary>Puts new content in the place of a file, or makes it, readable by its owner only.</summary>
    /// <param name="path">A link stays one: what it leads to is replaced.</param>
    /// <param name="content">All of it.</param>
    /// <remarks>Whoever reads meanwhile sees the old content or the new one. The owner stays; a new file gets its folder's, when root makes it.</remarks>
    /// <exception cref="IOException">It cannot be written; the old content is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var target = Target(path);
        var draft = target + Suffix;
        File.Delete(draft);
        try
        {
            using (var file = PrivateFile.Create(draft))
            {
                KeepOwner(file.SafeFileHandle, FileStatus.Of(target) ?? FileStatus.Of(Path.GetDirectoryName(target)!));
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, target, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }

        FlushOne(Path.GetDirectoryName(target)!);
    }

    private static void KeepOwner(SafeFileHandle file, FileStatus? model)
    {
        // Only root can give files away, and only root has to: everybody else owns what they make.
        if (NativeMethods.EffectiveUser() == 0 && model is { Owner: not 0 } && NativeMethods.ChangeOwner(file, model.Owner, model.Group) != 0)
        {
            throw FileStatus.Failed("chown");
        }
    }

    private static void FlushOne(string path)
    {
        using var file = NativeMethods.Open(path, NativeMethods.ReadWithoutWaiting);
        if (file.IsInvalid || NativeMethods.Flush(file) != 0)
        {
            throw FileStatus.Failed(path);
        }
    }
}
