using TaskQueue.WorkerPool.Cgroups;

namespace TaskQueue.WorkerPool.Tests.Cgroups;

/// <summary>What is written into the group of a worker and read from it; the group is a folder of files.</summary>
public sealed class WorkerCgroupTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-cgroups-");
    private readonly string _group;

    public WorkerCgroupTests() => _group = Path.Combine(_folder.FullName, "worker-1-1");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_gets_what_is_planned(bool killsAll)
    {
        WorkerCgroup.Make(_group, Plan(killsAll, new("memory.max", "67108864"), new("cpu.max", "50000 100000")));

        Assert.Equal("67108864", Read("memory.max"));
        Assert.Equal("50000 100000", Read("cpu.max"));
        Assert.Equal(killsAll, File.Exists(Path.Combine(_group, "memory.oom.group")));
    }

    [Fact]
    public void Each_shortage_of_memory_is_told_once_with_limit_and_peak()
    {
        var group = WorkerCgroup.Make(_group, Plan(killsAll: true, new CgroupSetting("memory.max", "67108864")));
        Write("memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\n");
        Assert.Null(group.TakeOutOfMemory());

        Write("memory.events", "low 0\nhigh 0\nmax 90\noom 2\noom_kill 3\n");
        Write("memory.peak", "66060288\n");

        Assert.Equal("out of memory: limit 64 MiB, peak 63 MiB", group.TakeOutOfMemory());
        Assert.Null(group.TakeOutOfMemory());
    }

    [Fact]
    public void A_kernel_that_does_not_tell_the_peak_is_no_trouble()
    {
        var group = WorkerCgroup.Make(_group, Plan(killsAll: true));
        Assert.Null(group.Usage());

        Write("cpu.stat", "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n");
        Write("memory.events", "oom_kill 1\n");

        Assert.Equal(new ResourceUsage(TimeSpan.FromSeconds(1.5), PeakBytes: null), group.Usage());
        Assert.Equal("out of memory: the host's memory is used up", group.TakeOutOfMemory());
    }

    [Fact]
    public void Usage_is_counted_from_an_earlier_look_on()
    {
        var group = WorkerCgroup.Make(_group, Plan(killsAll: true));
        Write("cpu.stat", "usage_usec 1500000\n");
        var before = group.Usage()!.Value;

        Write("cpu.stat", "usage_usec 1750000\n");
        Write("memory.peak", "1048576\n");

        Assert.Equal(new ResourceUsage(TimeSpan.FromMilliseconds(250), 1048576), group.Usage()!.Value.Since(before));
    }

    private CgroupPlan Plan(bool killsAll, params CgroupSetting[] settings) => new(_folder.FullName, [], settings, killsAll);

    private string Read(string file) => File.ReadAllText(Path.Combine(_group, file));

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_group, file), text);
}
