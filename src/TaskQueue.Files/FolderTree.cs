namespace TaskQueue.Files;

/// <summary>All that is in a folder and below, whatever somebody has put there: loops of links, folders without a bottom.</summary>
public static class FolderTree
{
    private const int MaxDepth = 40, MaxEntries = 100_000;

    /// <summary>Lists everything but folders, in the ordinal order of the paths. Links are followed, and each folder is entered once.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Paths that begin with <paramref name="folder"/>; with no status where a link leads nowhere.</returns>
    /// <exception cref="IOException">It cannot be read, or is deeper or larger than is read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<(string Path, FileStatus? Status)> Files(string folder) => [.. Entries(folder).Where(entry => entry.Status?.Kind != FileKind.Folder)];

    /// <summary>The paths of everything, folders too.</summary>
    /// <inheritdoc cref="Files"/>
    public static IEnumerable<string> FilesAndFolders(string folder) => Entries(folder).Select(entry => entry.Path);

    private static List<(string Path, FileStatus? Status)> Entries(string folder)
    {
        var found = new List<(string Path, FileStatus? Status)>();
        var seen = new HashSet<(ulong, ulong)>();
        var folders = new Queue<(string Path, int Depth)>([(folder, 0)]);
        var entries = 0;
        while (folders.TryDequeue(out var next))
        {
            if (FileStatus.Of(next.Path) is not { } itself || !seen.Add(itself.Identity))
            {
                continue;
            }

            foreach (var entry in Directory.EnumerateFileSystemEntries(next.Path))
            {
                if (++entries > MaxEntries || next.Depth >= MaxDepth)
                {
                    throw new IOException($"{folder} has more than {MaxEntries} files, or folders more than {MaxDepth} deep; at most that is read");
                }

                found.Add((entry, StatusOf(entry)));
                if (found[^1].Status is { Kind: FileKind.Folder })
                {
                    folders.Enqueue((entry, next.Depth + 1));
                }
            }
        }

        found.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return found;
    }

    private static FileStatus? StatusOf(string path)
    {
        try
        {
            return FileStatus.Of(path);
        }
        catch (IOException)
        {
            // A loop of links leads nowhere.
            return null;
        }
    }
}
