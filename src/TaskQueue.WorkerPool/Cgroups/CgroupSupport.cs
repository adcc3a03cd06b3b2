using TaskQueue.Files;
using TaskQueue.WorkerPool.OperatingSystem;

namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>What the pool can hold workers to by control groups, and why not more.</summary>
/// <param name="Folder">The folder of the group that is the pool's to divide, or <see langword="null"/> for none.</param>
/// <param name="Controllers">What can be divided there.</param>
/// <param name="Reason">Why there is none, and what helps.</param>
internal sealed record CgroupSupport(string? Folder, IReadOnlySet<string> Controllers, string? Reason)
{
    private static readonly HashSet<string> Nothing = [];

    /// <summary>Looks for a group that is the pool's to divide.</summary>
    /// <param name="configured">The folder that <c>cgroup_dir</c> names.</param>
    /// <param name="processFolder">What the kernel tells of this process.</param>
    /// <returns>What it found.</returns>
    public static CgroupSupport Find(string? configured, string processFolder = "/proc/self")
    {
        if (configured is not null)
        {
            return Directory.Exists(configured)
                ? new CgroupSupport(configured, CgroupMount.ControllersOf(configured), Reason: null)
                : Without($"[taskqueue] cgroup_dir = \"{configured}\" does not exist; make that control group, or correct the path");
        }

        if (CgroupMount.Find(processFolder) is not { } mount || mount.OwnGroup(processFolder) is not { } own)
        {
            return Without("this host has no control groups of version 2; boot it with systemd.unified_cgroup_hierarchy=1, or use limit_memory instead");
        }

        // A pool that divides its group runs in one within it itself.
        var folder = Path.GetFileName(own) == CgroupTree.OwnName && IsDelegated(Path.GetDirectoryName(own)!) ? Path.GetDirectoryName(own)! : own;
        return IsDelegated(folder)
            ? new CgroupSupport(folder, CgroupMount.ControllersOf(folder), Reason: null)
            : Without($"the control group of this pool, {folder}, is not its own to divide; start it by a unit with Delegate=yes, as that of the package is, or name a group for it by [taskqueue] cgroup_dir");
    }

    /// <summary>Says why the pool has no control of something.</summary>
    /// <param name="controller">What.</param>
    /// <returns><see langword="null"/> when it has.</returns>
    public string? WhyNot(string controller) => Reason ?? (Controllers.Contains(controller)
        ? null
        : $"the kernel's controller \"{controller}\" is not at hand in {Folder} ({(Controllers.Count == 0 ? "none is" : $"there are: {string.Join(", ", Controllers.Order(StringComparer.Ordinal))}")}); where version 1 of control groups has it, boot with systemd.unified_cgroup_hierarchy=1");

    private static CgroupSupport Without(string reason) => new(Folder: null, Nothing, reason);

    // systemd marks what it gives away, and does not touch what is in there: https://systemd.io/CGROUP_DELEGATION
    private static bool IsDelegated(string folder) => ExtendedAttribute.Read(folder, "trusted.delegate") == "1" || ExtendedAttribute.Read(folder, "user.delegate") == "1";
}
