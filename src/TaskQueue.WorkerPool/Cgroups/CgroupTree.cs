using System.Globalization;

namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>A control group that is the pool's to divide: among itself, as <c>pool</c>, and each worker that has limits. For one thread.</summary>
/// <param name="folder">The group's folder.</param>
internal sealed class CgroupTree(string folder)
{
    /// <summary>The group that the pool itself is in: where groups have limits, processes are in their leaves only.</summary>
    public const string OwnName = "pool";

    private const string WorkerPrefix = "worker-";

    // Each time what was started meanwhile is moved as well.
    private const int MoveAttempts = 100;

    private bool _isMine;
    private int _lastNumber;

    /// <summary>Makes a group for a worker.</summary>
    /// <param name="plan">What it gets.</param>
    /// <exception cref="CgroupException">The kernel does not allow it.</exception>
    public WorkerCgroup Make(CgroupPlan plan)
    {
        try
        {
            if (!_isMine)
            {
                MoveProcessesIntoLeaf();
                RemoveLeftovers();
                _isMine = true;
            }

            Enable(plan);
            return WorkerCgroup.Make(Path.Combine(folder, $"{WorkerPrefix}{Environment.ProcessId}-{++_lastNumber}"), plan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CgroupException($"there can be no control group for it in {folder}: {e.Message}", e);
        }
    }

    // This pool and what it has started so far; in the service's group also what systemd has run there.
    private void MoveProcessesIntoLeaf()
    {
        var own = Path.Combine(folder, OwnName);
        for (var attempt = 0; attempt < MoveAttempts && CgroupFile.Lines(folder, CgroupFile.Processes) is { Length: > 0 } processes; attempt++)
        {
            Directory.CreateDirectory(own);
            foreach (var process in processes)
            {
                CgroupFile.TryWrite(own, CgroupFile.Processes, process);
            }
        }
    }

    // Of a pool that was killed.
    private void RemoveLeftovers()
    {
        foreach (var group in Directory.EnumerateDirectories(folder, $"{WorkerPrefix}*").ToList())
        {
            var owner = Path.GetFileName(group)[WorkerPrefix.Length..].Split('-')[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out var id) && (id == Environment.ProcessId || !Directory.Exists($"/proc/{owner}")))
            {
                new WorkerCgroup(group).TryRemove();
            }
        }
    }

    private void Enable(CgroupPlan plan)
    {
        var enabled = CgroupFile.Lines(folder, CgroupFile.Enabled).SelectMany(line => line.Split(' ')).ToHashSet(StringComparer.Ordinal);
        foreach (var controller in plan.Controllers.Where(controller => !enabled.Contains(controller)))
        {
            CgroupFile.Write(folder, CgroupFile.Enabled, $"+{controller}");
        }
    }
}
