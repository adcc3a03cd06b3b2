using System.Diagnostics;
using System.Globalization;
using TaskQueue.Files;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Tests.Supervision;

namespace TaskQueue.WorkerPool.Tests.Cgroups;

/// <summary>Groups of this host's kernel. What they limit depends on the host; that they hold and lose processes does not.</summary>
public sealed class CgroupTreeTests : IDisposable
{
    private readonly string _folder;
    private readonly Spawner _spawner = new();

    public CgroupTreeTests()
    {
        var mount = CgroupMount.Find()?.Folder;
        Assert.SkipWhen(mount is null || !Environment.IsPrivilegedProcess, "Needs root, and a host with control groups of version 2.");
        _folder = Path.Combine(mount, $"taskqueue-tests-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(_folder);
        }
        catch (IOException e)
        {
            Assert.Skip($"Control groups cannot be made here: {e.Message}");
        }
    }

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _spawner.Dispose();
        new WorkerCgroup(_folder).TryRemove();
    }

    [Fact]
    public async Task All_that_a_worker_has_started_is_in_its_group_and_goes_with_it()
    {
        var (process, group) = await StartAsync("setsid sleep 1000 & setsid sleep 1000 & wait");
        var folder = Path.Combine(_folder, $"worker-{Environment.ProcessId}-1");
        await Eventually.TrueAsync(() => Processes(folder).Length == 3, () => string.Join(' ', Processes(folder)));
        Assert.Contains(process.Id.ToString(CultureInfo.InvariantCulture), Processes(folder));

        process.Kill();

        Assert.True(await group!.RemoveAsync(TimeProvider.System));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task What_ends_by_itself_may_do_so()
    {
        var file = Path.GetTempFileName();
        var (process, group) = await StartAsync($"(sleep 0.3; echo done >{file}) &");
        await process.WaitForExitAsync(TestEnds);

        Assert.True(await group!.RemoveAsync(TimeProvider.System));

        Assert.Equal("done\n", await File.ReadAllTextAsync(file, TestEnds));
        File.Delete(file);
    }

    [Fact]
    public async Task Processes_in_the_group_move_into_a_leaf_and_what_a_killed_pool_has_left_goes()
    {
        using var earlier = Process.Start("sleep", "1000");
        CgroupFile.Write(_folder, "cgroup.procs", earlier.Id.ToString(CultureInfo.InvariantCulture));
        var left = Directory.CreateDirectory(Path.Combine(_folder, $"worker-{int.MaxValue}-7")).FullName;
        using var orphan = Process.Start("sleep", "1000");
        CgroupFile.Write(left, "cgroup.procs", orphan.Id.ToString(CultureInfo.InvariantCulture));

        var (process, group) = await _spawner.StartAsync(Spec("exec sleep 1000"));

        Assert.Equal([earlier.Id.ToString(CultureInfo.InvariantCulture)], Processes(Path.Combine(_folder, "pool")));
        Assert.Empty(Processes(_folder));
        await orphan.WaitForExitAsync(TestEnds);
        earlier.Kill();
        process.Kill();
        Assert.True(await group!.RemoveAsync(TimeProvider.System));
    }

    [Fact]
    public async Task A_worker_that_gets_no_group_is_not_started()
    {
        var spec = Spec("exec sleep 1000");
        spec = spec with { Cgroup = spec.Cgroup! with { Controllers = ["no_such"] } };

        var refused = await Assert.ThrowsAsync<CgroupException>(() => _spawner.StartAsync(spec));

        Assert.Contains($"there can be no control group for it in {_folder}", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_folder, "worker-*"));
    }

    // As a worker, it does nothing before it is told to.
    private async Task<(Process Process, WorkerCgroup? Group)> StartAsync(string script)
    {
        var (process, group) = await _spawner.StartAsync(Spec($"read -r _; {script}"));
        await process.StandardInput.WriteLineAsync();
        await process.StandardInput.FlushAsync(TestEnds);
        return (process, group);
    }

    private static string[] Processes(string group) => CgroupFile.Lines(group, "cgroup.procs");

    private WorkerPool.Planning.WorkerSpec Spec(string script) =>
        Launches.Script("x#1", script) with { Cgroup = new CgroupPlan(_folder, [], [], KillsAll: true) };
}
