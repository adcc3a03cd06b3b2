namespace TaskQueue.Files;

/// <summary>Where a host has its control groups of version 2, cgroups(7).</summary>
/// <param name="Folder">Where they are mounted.</param>
/// <param name="Controllers">The names of what they control there: <c>memory</c>, <c>cpu</c>, <c>pids</c>, <c>io</c>; without those that the host leaves to version 1.</param>
public sealed record CgroupMount(string Folder, IReadOnlySet<string> Controllers)
{
    private const string FileSystemType = "cgroup2", ControllersFile = "cgroup.controllers", OwnGroupPrefix = "0::";

    /// <summary>Finds them.</summary>
    /// <param name="processFolder">What the kernel tells of this process.</param>
    /// <returns><see langword="null"/> where there are none.</returns>
    public static CgroupMount? Find(string processFolder = "/proc/self")
    {
        ArgumentNullException.ThrowIfNull(processFolder);
        foreach (var line in KernelFile.Lines(Path.Combine(processFolder, "mountinfo")))
        {
            // "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw": proc_pid_mountinfo(5), with blanks as \040.
            var fields = line.Split(' ');
            if (Array.IndexOf(fields, "-") is > 4 and var dash && dash + 1 < fields.Length && fields[dash + 1] == FileSystemType)
            {
                var folder = fields[4].Replace("\\040", " ", StringComparison.Ordinal);
                return new CgroupMount(folder, ControllersOf(folder));
            }
        }

        return null;
    }

    /// <summary>What a group may divide among the groups in it.</summary>
    /// <param name="group">The group's folder.</param>
    public static IReadOnlySet<string> ControllersOf(string group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return KernelFile.Lines(Path.Combine(group, ControllersFile)).SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The folder of the group that this process is in.</summary>
    /// <param name="processFolder">What the kernel tells of this process.</param>
    public string? OwnGroup(string processFolder = "/proc/self")
    {
        ArgumentNullException.ThrowIfNull(processFolder);
        return KernelFile.Lines(Path.Combine(processFolder, "cgroup")).FirstOrDefault(line => line.StartsWith(OwnGroupPrefix, StringComparison.Ordinal)) is { } line
            ? Folder + line[OwnGroupPrefix.Length..].TrimEnd('/')
            : null;
    }
}
