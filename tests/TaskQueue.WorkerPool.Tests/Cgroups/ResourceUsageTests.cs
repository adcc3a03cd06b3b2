using System.Diagnostics;
using TaskQueue.WorkerPool.Cgroups;

namespace TaskQueue.WorkerPool.Tests.Cgroups;

public sealed class ResourceUsageTests
{
    [Fact]
    public void Of_a_process_without_a_group_it_is_what_the_kernel_has_counted_for_it_and_its_children()
    {
        var processes = Directory.CreateTempSubdirectory("taskqueue-proc-");
        try
        {
            var folder = processes.CreateSubdirectory("42").FullName;
            File.WriteAllText(Path.Combine(folder, "stat"), "42 (a ) b) S 1 42 42 0 -1 4194560 900 0 0 0 150 50 25 25 20 0 12 0 100 1 1\n");
            File.WriteAllText(Path.Combine(folder, "status"), "Name:\ta\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n");

            Assert.Equal(new ResourceUsage(TimeSpan.FromSeconds(2.5), 2 << 20), ResourceUsage.OfProcess(42, processes.FullName));
            Assert.Null(ResourceUsage.OfProcess(43, processes.FullName));
        }
        finally
        {
            processes.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_kernel_of_this_host_tells_it()
    {
        using var self = Process.GetCurrentProcess();

        var usage = ResourceUsage.OfProcess(Environment.ProcessId);

        Assert.InRange(usage!.Value.Cpu, TimeSpan.FromMilliseconds(10), self.TotalProcessorTime + TimeSpan.FromMinutes(1));
        Assert.InRange(usage.Value.PeakBytes!.Value, 1 << 20, long.MaxValue);
    }
}
