namespace TaskQueue.Configuration;

/// <summary>What a worker process may use together with all that it starts. The kernel holds it to that by a control group of version 2, cgroups(7).</summary>
public sealed record CgroupLimits
{
    /// <summary>No limits.</summary>
    public static CgroupLimits None { get; } = new();

    /// <summary>The memory in bytes that is not exceeded: what needs more is killed; <c>memory_max</c>.</summary>
    /// <value>16 MiB to 16 TiB. Default: no limit.</value>
    public long? MemoryMaxBytes { get; init; }

    /// <summary>The memory in bytes from which the kernel takes memory back and slows the processes down; <c>memory_high</c>.</summary>
    /// <value>16 MiB to 16 TiB. Default: no limit.</value>
    public long? MemoryHighBytes { get; init; }

    /// <summary>How many processors' time is used at most; <c>cpu_max</c>.</summary>
    /// <value>0.01 to 1000. Default: no limit.</value>
    public double? CpuMax { get; init; }

    /// <summary>How many processes and threads there may be at once; <c>tasks_max</c>.</summary>
    /// <value>16 to 4194304; .NET itself has about ten. Default: no limit.</value>
    public int? TasksMax { get; init; }

    /// <summary>The share of the disks' time beside others that want it; <c>io_weight</c>.</summary>
    /// <value>1 to 10000; 100 is everybody's share. Default: that.</value>
    public int? IoWeight { get; init; }

    /// <summary>What the kernel has to control for those that are set.</summary>
    /// <value>The key of config.ini, and the name of the controller.</value>
    public IEnumerable<(string Key, string Controller)> Needs
    {
        get
        {
            if (MemoryMaxBytes is not null)
            {
                yield return ("memory_max", "memory");
            }

            if (MemoryHighBytes is not null)
            {
                yield return ("memory_high", "memory");
            }

            if (CpuMax is not null)
            {
                yield return ("cpu_max", "cpu");
            }

            if (TasksMax is not null)
            {
                yield return ("tasks_max", "pids");
            }

            if (IoWeight is not null)
            {
                yield return ("io_weight", "io");
            }
        }
    }
}

/// <summary>What becomes of sections with <see cref="CgroupLimits"/> where the pool has no control group to divide; <c>cgroups</c>.</summary>
public enum CgroupUse
{
    /// <summary><c>required</c>: they are refused.</summary>
    Required,

    /// <summary><c>optional</c>: they run without those limits, and the log says so.</summary>
    Optional,
}
