using TaskQueue.Files;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class NetworkFileSystemTests
{
    private static readonly string[] Mounts =
    [
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
        "40 22 0:51 / /home/jo/remote rw,nosuid,nodev shared:2 master:1 - fuse.sshfs jo@host:/ rw,user_id=1000",
        "41 22 0:52 / /media/usb rw,relatime - fuseblk /dev/sdb1 rw",
        "42 22 0:53 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw",
        "43 22 0:54 / /mnt/bucket rw - fuse s3 rw",
    ];

    // The numbers of statfs(2), as C programs have them.
    [Theory]
    [InlineData(0x6969u, "NFS")]
    [InlineData(0xFF534D42u, "CIFS")]
    [InlineData(0xFE534D42u, "SMB")]
    [InlineData(0x01021997u, "9P")]
    [InlineData(0x00C36400u, "Ceph")]
    [InlineData(0x0BD00BD0u, "Lustre")]
    [InlineData(0xEF53u, null)]
    [InlineData(0x01021994u, null)]
    [InlineData(0x9123683Eu, null)]
    [InlineData(0x58465342u, null)]
    [InlineData(0x794C7630u, null)]
    public void File_systems_of_other_hosts_are_known_by_their_type(uint type, string? name) => Assert.Equal(name, NetworkFileSystem.NameOf(type));

    [Theory]
    [InlineData(51, "fuse.sshfs")]
    [InlineData(52, null)]
    [InlineData(53, null)]
    [InlineData(54, "fuse")]
    [InlineData(99, "FUSE")]
    public void What_a_program_has_mounted_is_refused_unless_it_is_known_to_be_a_disk_of_this_host(uint minor, string? name) =>
        Assert.Equal(name, NetworkFileSystem.FuseName(Mounts, major: 0, minor));

    [Theory]
    [InlineData("/proc")]
    [InlineData("/dev/shm")]
    public void File_systems_of_the_kernel_are_none_of_a_network(string path) => Assert.Null(NetworkFileSystem.NameOf(path));
}
