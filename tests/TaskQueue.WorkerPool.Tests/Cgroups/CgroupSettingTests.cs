using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Cgroups;

namespace TaskQueue.WorkerPool.Tests.Cgroups;

public sealed class CgroupSettingTests
{
    [Fact]
    public void Each_limit_becomes_what_the_kernel_wants_to_read()
    {
        var settings = CgroupSetting.Of(new CgroupLimits { MemoryMaxBytes = 64 << 20, MemoryHighBytes = 48 << 20, CpuMax = 1.5, TasksMax = 20, IoWeight = 50 });

        Assert.Equal(
            [
                "memory.max 67108864", "memory.swap.max 0", "memory.high 50331648", "cpu.max 150000 100000", "pids.max 20", "io.weight default 50",
            ],
            settings.Select(setting => $"{setting.File} {setting.Value}"));
    }

    [Fact]
    public void Where_nothing_is_limited_nothing_is_written() => Assert.Empty(CgroupSetting.Of(CgroupLimits.None));
}
