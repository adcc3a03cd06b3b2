namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>The control group that a worker process runs in.</summary>
/// <param name="Folder">The folder of the group that is divided among workers.</param>
/// <param name="Controllers">What the kernel has to control in it.</param>
/// <param name="Settings">What the worker's own group gets.</param>
/// <param name="KillsAll">Whether the whole group is killed where its memory is used up; else what has the most of it.</param>
internal sealed record CgroupPlan(string Folder, IReadOnlyList<string> Controllers, IReadOnlyList<CgroupSetting> Settings, bool KillsAll)
{
    /// <summary>The limit of its memory in bytes, as the kernel is told it.</summary>
    public string? MemoryMax => Settings.FirstOrDefault(setting => setting.File == "memory.max")?.Value;
}
