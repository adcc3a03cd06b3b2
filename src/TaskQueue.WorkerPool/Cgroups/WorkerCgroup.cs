using System.Globalization;
using TaskQueue.WorkerPool.OperatingSystem;

namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>The control group of one worker process and all that it starts.</summary>
/// <param name="folder">The group's folder.</param>
internal sealed class WorkerCgroup(string folder)
{
    // What watches over a worker's commands clears away after it, and then ends by itself.
    private static readonly TimeSpan EndsByItselfWithin = TimeSpan.FromSeconds(2), GoneWithin = TimeSpan.FromSeconds(10), LookInterval = TimeSpan.FromMilliseconds(20);

    private string? _memoryMax;
    private long _killed;

    /// <summary>Makes a group.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="plan">What it gets.</param>
    /// <exception cref="IOException">The kernel does not take it.</exception>
    public static WorkerCgroup Make(string folder, CgroupPlan plan)
    {
        var group = new WorkerCgroup(folder) { _memoryMax = plan.MemoryMax };
        Directory.CreateDirectory(folder);
        try
        {
            foreach (var setting in plan.Settings)
            {
                if (setting.IsOptional)
                {
                    CgroupFile.TryWrite(folder, setting.File, setting.Value);
                }
                else
                {
                    CgroupFile.Write(folder, setting.File, setting.Value);
                }
            }

            if (plan is { MemoryMax: not null, KillsAll: true })
            {
                CgroupFile.TryWrite(folder, CgroupFile.MemoryGroupKill, "1");
            }
        }
        catch
        {
            group.TryRemove();
            throw;
        }

        return group;
    }

    /// <summary>Takes a process, and so all that it will start.</summary>
    /// <param name="processId">Its id.</param>
    /// <exception cref="CgroupException">The kernel does not allow it.</exception>
    public void Add(int processId)
    {
        try
        {
            CgroupFile.Write(folder, CgroupFile.Processes, processId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CgroupException($"it cannot be moved into its control group {folder}: {e.Message}", e);
        }
    }

    /// <summary>Ends every process of it, at once.</summary>
    public void Kill()
    {
        // Before Linux 5.14 one by one; whoever calls does so again until the group is empty.
        if (!File.Exists(Path.Combine(folder, CgroupFile.KillAll)) || !CgroupFile.TryWrite(folder, CgroupFile.KillAll, "1"))
        {
            foreach (var process in CgroupFile.Lines(folder, CgroupFile.Processes))
            {
                _ = NativeMethods.Send(int.Parse(process, CultureInfo.InvariantCulture), NativeMethods.Kill);
            }
        }
    }

    /// <summary>Says whether the kernel has killed processes of it for their memory since this was asked last.</summary>
    /// <returns>That, in words; <see langword="null"/> when it has not.</returns>
    public string? TakeOutOfMemory()
    {
        var killed = CgroupFile.Number(folder, CgroupFile.MemoryEvents, "oom_kill") ?? 0;
        if (killed <= _killed)
        {
            return null;
        }

        _killed = killed;
        var limit = long.TryParse(_memoryMax, CultureInfo.InvariantCulture, out var bytes) ? $"limit {Mebi(bytes)}" : "the host's memory is used up";
        return $"out of memory: {limit}{(CgroupFile.Number(folder, CgroupFile.MemoryPeak) is { } peak ? $", peak {Mebi(peak)}" : "")}";
    }

    /// <summary>What its processes have used so far.</summary>
    public ResourceUsage? Usage() => CgroupFile.Number(folder, CgroupFile.ProcessorStatistics, "usage_usec") is { } microseconds
        ? new ResourceUsage(TimeSpan.FromMicroseconds(microseconds), CgroupFile.Number(folder, CgroupFile.MemoryPeak))
        : null;

    /// <summary>Removes it when its worker has ended, with all that this has left.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>Whether it is gone.</returns>
    public async Task<bool> RemoveAsync(TimeProvider time)
    {
        var began = time.GetTimestamp();
        while (CgroupFile.Number(folder, CgroupFile.Events, "populated") == 1 && time.GetElapsedTime(began) < EndsByItselfWithin)
        {
            await Task.Delay(LookInterval, time);
        }

        while (!TryRemove())
        {
            if (time.GetElapsedTime(began) > GoneWithin)
            {
                return false;
            }

            await Task.Delay(LookInterval, time);
        }

        return true;
    }

    /// <summary>Ends what is in it and removes it, if that is done at once.</summary>
    /// <returns>Whether it is gone. Processes that were killed a moment ago may keep it.</returns>
    public bool TryRemove()
    {
        Kill();
        try
        {
            Remove(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A worker that is root may have made groups of its own in there.
    private static void Remove(string group)
    {
        foreach (var inner in Directory.EnumerateDirectories(group).ToList())
        {
            Remove(inner);
        }

        Directory.Delete(group);
    }

    private static string Mebi(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024 * 1024.0):0.#} MiB");
}
