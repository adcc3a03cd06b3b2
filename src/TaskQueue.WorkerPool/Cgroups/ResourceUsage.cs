using System.Globalization;
using System.Runtime.InteropServices;
using TaskQueue.Files;

namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>What a process and all that it has started have used.</summary>
/// <param name="Cpu">The processor time.</param>
/// <param name="PeakBytes">The most memory at once; <see langword="null"/> where the kernel does not tell.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ResourceUsage(TimeSpan Cpu, long? PeakBytes)
{
    // Counted in hundredths of a second: USER_HZ, which is 100 wherever .NET runs.
    private const int TicksPerSecond = 100;

    // Behind the command's name, which may contain anything: utime, stime, cutime and cstime are 14 to 17 of proc_pid_stat(5), the state is 3.
    private const int FirstTime = 11, Times = 4;

    /// <summary>What was used since an earlier look.</summary>
    /// <param name="earlier">What had been used then.</param>
    public ResourceUsage Since(ResourceUsage earlier) => this with { Cpu = Cpu > earlier.Cpu ? Cpu - earlier.Cpu : TimeSpan.Zero };

    /// <summary>What a process has used that has no control group: itself, and those of its children that have ended.</summary>
    /// <param name="processId">Its id.</param>
    /// <param name="processes">What the kernel tells of processes.</param>
    public static ResourceUsage? OfProcess(int processId, string processes = "/proc")
    {
        try
        {
            var folder = Path.Combine(processes, processId.ToString(CultureInfo.InvariantCulture));
            var statistics = File.ReadAllText(Path.Combine(folder, "stat"));
            var ticks = statistics[(statistics.LastIndexOf(')') + 2)..].Split(' ').Skip(FirstTime).Take(Times).Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture));
            return new ResourceUsage(TimeSpan.FromSeconds((double)ticks / TicksPerSecond), KernelFile.Bytes(Path.Combine(folder, "status"), "VmHWM"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended.
            return null;
        }
    }
}
