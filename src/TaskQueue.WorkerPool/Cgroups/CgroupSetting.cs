using System.Globalization;
using TaskQueue.Configuration;

namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>One value that a worker's control group gets.</summary>
/// <param name="File">The name of the file in the group's folder.</param>
/// <param name="Value">What is written there.</param>
/// <remarks>Source: <see href="https://docs.kernel.org/admin-guide/cgroup-v2.html"/>.</remarks>
internal sealed record CgroupSetting(string File, string Value)
{
    // Of processor time: so many microseconds within each 100 ms.
    private const int PeriodMicroseconds = 100_000;

    /// <summary>What limits mean to the kernel.</summary>
    /// <param name="limits">The limits.</param>
    public static IReadOnlyList<CgroupSetting> Of(CgroupLimits limits)
    {
        var settings = new List<CgroupSetting>();
        if (limits.MemoryMaxBytes is { } most)
        {
            settings.Add(new("memory.max", Text(most)));

            // What does not fit must not go on as a process that only swaps.
            settings.Add(new("memory.swap.max", "0") { IsOptional = true });
        }

        if (limits.MemoryHighBytes is { } high)
        {
            settings.Add(new("memory.high", Text(high)));
        }

        if (limits.CpuMax is { } processors)
        {
            settings.Add(new("cpu.max", $"{Text((long)Math.Round(processors * PeriodMicroseconds))} {Text(PeriodMicroseconds)}"));
        }

        if (limits.TasksMax is { } tasks)
        {
            settings.Add(new("pids.max", Text(tasks)));
        }

        if (limits.IoWeight is { } weight)
        {
            settings.Add(new("io.weight", $"default {Text(weight)}"));
        }

        return settings;
    }

    /// <summary>Whether a kernel that has no such file does without.</summary>
    public bool IsOptional { get; init; }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
