using System.Globalization;

namespace TaskQueue.Files;

/// <summary>Finds out whether a file lies with another host, where locks, shared memory and flushing are not what a database needs.</summary>
public static class NetworkFileSystem
{
    private const uint Fuse = 0x65735546;

    // statfs(2) and linux/magic.h; the types are 32 bits wide.
    private static readonly Dictionary<uint, string> Types = new()
    {
        [0x6969] = "NFS",
        [0xFF534D42] = "CIFS",
        [0xFE534D42] = "SMB",
        [0x517B] = "SMB",
        [0x01021997] = "9P",
        [0x00C36400] = "Ceph",
        [0x0BD00BD0] = "Lustre",
        [0x5346414F] = "AFS",
        [0x6B414653] = "AFS",
        [0x73757245] = "Coda",
        [0x7461636F] = "OCFS2",
        [0x01161970] = "GFS2",
        [0x19830326] = "BeeGFS",
        [0x47504653] = "GPFS",
        [0xAAD7AAEA] = "PanFS",
    };

    /// <summary>Names the network file system that a file or folder lies on.</summary>
    /// <param name="path">Something that exists.</param>
    /// <returns><see langword="null"/> on a disk of this host.</returns>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static unsafe string? NameOf(string path)
    {
        var status = stackalloc long[32];
        if (NativeMethods.FileSystem(path, status) != 0)
        {
            throw FileStatus.Failed(path);
        }

        var type = (uint)*status;
        if (type != Fuse)
        {
            return NameOf(type);
        }

        var device = FileStatus.Of(path)!.Identity.Device;
        return FuseName(File.ReadLines("/proc/self/mountinfo"), (uint)device, (uint)(device >> 32));
    }

    /// <summary>Names the network file system of a type of statfs(2).</summary>
    internal static string? NameOf(uint type) => Types.GetValueOrDefault(type);

    /// <summary>Names what is mounted by a program: any of them may be a network, but for those that are known to be none.</summary>
    /// <param name="mounts">Lines of <c>/proc/self/mountinfo</c>, proc_pid_mountinfo(5).</param>
    internal static string? FuseName(IEnumerable<string> mounts, uint major, uint minor)
    {
        var device = $"{major.ToString(CultureInfo.InvariantCulture)}:{minor.ToString(CultureInfo.InvariantCulture)}";
        var mount = mounts.Select(line => line.Split(' ')).FirstOrDefault(fields => fields.Length > 3 && fields[2] == device);
        var separator = mount is null ? -1 : Array.IndexOf(mount, "-");
        var name = separator < 0 || separator + 1 >= mount!.Length ? "FUSE" : mount[separator + 1];

        // ntfs-3g on a block device, the root of rootless containers, and the folder of a virtual machine's host.
        return name is "fuseblk" or "fuse.fuse-overlayfs" or "virtiofs" ? null : name;
    }
}
