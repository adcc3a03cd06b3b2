using System.Globalization;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether anybody but root can put code into the plugin folder, and so into the workers of all users.</summary>
internal static class PluginFolderCheck
{
    private const string Name = "plugin folder";

    // As many as fit a command line, and as many as are named.
    private const int AtATime = 500, MostNamed = 3;

    private const uint OthersWrite = 2, GroupWrite = 16, Sticky = 512;

    public static async Task<IReadOnlyList<Finding>> RunAsync(string folder, HostFacts host, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        List<Entry> entries = [];
        try
        {
            foreach (var paths in Paths(folder).Chunk(AtATime))
            {
                entries.AddRange(await StatAsync(paths, cancellationToken));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new Finding(Severity.Warning, Name, $"{folder} cannot be read: {e.Message}", $"Let \"{host.User}\" read it, or run this as the user of the pool.")];
        }

        IEnumerable<Finding?> findings =
        [
            Of(
                Severity.Error,
                [.. entries.Where(entry => entry.IsWritableBy(OthersWrite))],
                "everybody can write",
                entry => $"chmod o-w {entry.Path}"),
            Of(
                Severity.Warning,
                [.. entries.Where(entry => entry.Group != 0 && entry.IsWritableBy(GroupWrite))],
                "a group can write",
                entry => $"chmod g-w {entry.Path}"),
            Of(
                Severity.Warning,
                [.. entries.Where(entry => entry.Owner is not ("root" or "0") && entry.Owner != host.User)],
                "belongs to somebody who is not root",
                entry => $"chown root {entry.Path}, now of {entry.Owner}"),
        ];
        var found = findings.OfType<Finding>().ToList();
        return found.Count > 0 ? found : [new Finding(Severity.Ok, Name, $"{folder}: {entries.Count:N0} files and folders that only {(host.IsRoot ? "root" : $"root and {host.User}")} can change")];
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
        foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories))
        {
            yield return path;
        }
    }

    // The framework tells permissions, not owners.
    private static async Task<IEnumerable<Entry>> StatAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var (_, output) = await HostFacts.RunAsync("/usr/bin/stat", ["--dereference", "--format=%f %U %g %n", "--", .. paths], cancellationToken);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 4))
            .Where(fields => fields.Length == 4)
            .Select(fields => new Entry(
                fields[3], uint.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), fields[1], uint.Parse(fields[2], CultureInfo.InvariantCulture)));
    }

    /// <summary>A file or folder.</summary>
    private sealed record Entry(string Path, uint Mode, string Owner, uint Group)
    {
        // In a folder such as /tmp only the owner of an entry can replace it.
        public bool IsWritableBy(uint whom) => (Mode & whom) != 0 && (Mode & Sticky) == 0;
    }
}
