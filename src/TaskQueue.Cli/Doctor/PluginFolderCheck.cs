using TaskQueue.Doctor;
using TaskQueue.Files;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether anybody but root can put code into the plugin folder, and so into the workers of all users.</summary>
internal static class PluginFolderCheck
{
    private const string Name = "plugin folder";

    private const int MostNamed = 3;

    public static IReadOnlyList<Finding> Run(string folder, HostFacts host)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        List<Entry> entries = [];
        try
        {
            entries.AddRange(Paths(folder).Select(path => (path, Status: FileStatus.Of(path))).Where(found => found.Status is not null).Select(found => new Entry(found.path, found.Status!)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new Finding(Severity.Warning, Name, $"{folder} cannot be read, or what is in it", $"Let \"{host.User}\" read it, or run this as the user of the pool.")];
        }

        IEnumerable<Finding?> findings =
        [
            Of(
                Severity.Error,
                [.. entries.Where(entry => entry.IsWritableBy(UnixFileMode.OtherWrite))],
                "everybody can write",
                entry => $"chmod o-w {entry.Path}"),
            Of(
                Severity.Warning,
                [.. entries.Where(entry => entry.Status.Group != 0 && entry.IsWritableBy(UnixFileMode.GroupWrite))],
                "a group can write",
                entry => $"chmod g-w {entry.Path}"),
            Of(
                Severity.Warning,
                [.. entries.Where(entry => entry.Status.Owner != 0 && (host.IsRoot || FileStatus.Of("/proc/self")?.Owner != entry.Status.Owner))],
                "belongs to somebody who is not root",
                entry => $"chown root {entry.Path}, now of user {entry.Status.Owner}"),
        ];
        var found = findings.OfType<Finding>().ToList();
        return found.Count > 0 ? found : [new Finding(Severity.Ok, Name, $"{folder}: {(entries.Count == 1 ? "1 folder" : $"{entries.Count:N0} files and folders")} that only {(host.IsRoot ? "root" : $"root and \"{host.User}\"")} can change")];
    }

    private static Finding? Of(Severity severity, IReadOnlyList<Entry> entries, string what, Func<Entry, string> remedy)
    {
        if (entries.Count == 0)
        {
            return null;
        }

        var more = entries.Count > MostNamed ? $" and {entries.Count - MostNamed:N0} more" : "";
        return new Finding(
            severity,
            Name,
            $"{what}: {string.Join(", ", entries.Take(MostNamed).Select(entry => entry.Path))}{more}; that puts code into workers, whoever they run as",
            string.Join("; ", entries.Take(MostNamed).Select(remedy)) + ".");
    }

    // Whoever can write in a folder above can put another in its place.
    private static IEnumerable<string> Paths(string folder)
    {
        for (var above = Path.GetDirectoryName(folder); above is not null; above = Path.GetDirectoryName(above))
        {
            yield return above;
        }

        yield return folder;
        foreach (var path in FolderTree.FilesAndFolders(folder))
        {
            yield return path;
        }
    }

    /// <summary>A file or folder.</summary>
    private sealed record Entry(string Path, FileStatus Status)
    {
        // In a folder such as /tmp only the owner of an entry can replace it.
        public bool IsWritableBy(UnixFileMode whom) => Status.Mode.HasFlag(whom) && !Status.Mode.HasFlag(UnixFileMode.StickyBit);
    }
}
