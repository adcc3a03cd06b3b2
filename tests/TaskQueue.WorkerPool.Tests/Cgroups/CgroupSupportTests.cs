using System.Runtime.InteropServices;
using TaskQueue.WorkerPool.Cgroups;

namespace TaskQueue.WorkerPool.Tests.Cgroups;

/// <summary>Which group a pool may divide, by what its kernel tells of it; told here by files.</summary>
public sealed partial class CgroupSupportTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-cgroups-");
    private readonly string _mount, _process;

    public CgroupSupportTests()
    {
        _mount = Directory.CreateDirectory(Path.Combine(_folder.FullName, "a mount")).FullName;
        _process = Directory.CreateDirectory(Path.Combine(_folder.FullName, "self")).FullName;
        File.WriteAllText(Path.Combine(_process, "mountinfo"), $"24 1 0:22 / /proc rw - proc proc rw\n30 24 0:26 / {_mount.Replace(" ", "\\040", StringComparison.Ordinal)} rw shared:4 - cgroup2 cgroup2 rw\n");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("/service", "/service")]
    [InlineData("/service/pool", "/service")]
    public void A_group_that_systemd_has_delegated_is_the_pools_to_divide(string own, string divided)
    {
        var group = Group(divided, "memory cpu pids", delegated: true);
        RunsIn(own);

        var support = CgroupSupport.Find(configured: null, _process);

        Assert.Equal((group, null), (support.Folder, support.Reason));
        Assert.Equal(["cpu", "memory", "pids"], support.Controllers.Order(StringComparer.Ordinal));
        Assert.Null(support.WhyNot("cpu"));
        Assert.Contains("the kernel's controller \"io\" is not at hand", support.WhyNot("io"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_is_not_delegated_is_not_touched()
    {
        Group("/user.slice/session", "memory", delegated: false);
        RunsIn("/user.slice/session");

        var support = CgroupSupport.Find(configured: null, _process);

        Assert.Null(support.Folder);
        Assert.Contains("Delegate=yes", support.WhyNot("memory"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_configured_needs_no_mark()
    {
        var group = Group("/mine", "memory", delegated: false);

        Assert.Equal(group, CgroupSupport.Find(group, _process).Folder);
        Assert.Contains("cgroup_dir = \"/no/such\" does not exist", CgroupSupport.Find("/no/such", _process).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_with_version_1_alone_has_none()
    {
        File.WriteAllText(Path.Combine(_process, "mountinfo"), "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
        RunsIn("/");

        Assert.Contains("no control groups of version 2", CgroupSupport.Find(configured: null, _process).Reason, StringComparison.Ordinal);
    }

    private string Group(string path, string controllers, bool delegated)
    {
        var folder = Directory.CreateDirectory(_mount + path).FullName;
        File.WriteAllText(Path.Combine(folder, "cgroup.controllers"), controllers + "\n");
        if (delegated)
        {
            Assert.SkipWhen(SetExtendedAttribute(folder, "user.delegate", "1"u8, 1, 0) != 0, $"{folder} is on a file system without extended attributes.");
        }

        return folder;
    }

    private void RunsIn(string group) => File.WriteAllText(Path.Combine(_process, "cgroup"), $"4:memory:/\n0::{group}\n");

    [LibraryImport("libc", EntryPoint = "setxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetExtendedAttribute(string path, string name, ReadOnlySpan<byte> value, nint size, int flags);
}
