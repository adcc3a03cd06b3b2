using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Files;

/// <summary>The calls of libc that .NET has no name for.</summary>
internal static unsafe partial class NativeMethods
{
    /// <summary><c>AT_FDCWD</c>, <c>AT_SYMLINK_NOFOLLOW</c> and <c>AT_EMPTY_PATH</c> of statx(2).</summary>
    public const int CurrentDirectory = -100, NoFollow = 0x100, EmptyPath = 0x1000;

    /// <summary><c>STATX_BASIC_STATS</c> of statx(2).</summary>
    public const uint BasicStatus = 0x7FF;

    /// <summary><c>O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC</c> of open(2) on x86 and ARM.</summary>
    public const int ReadWithoutWaiting = 0x100 | 0x800 | 0x80000;

    /// <summary><c>O_RDWR | O_CREAT | O_NOCTTY | O_CLOEXEC</c> of open(2) on x86 and ARM.</summary>
    public const int WriteOrCreate = 0x2 | 0x40 | 0x100 | 0x80000;

    /// <summary><c>ENOENT</c> and <c>ENOTDIR</c> of errno(3).</summary>
    public const int NoEntry = 2, NoFolder = 20;

    /// <summary><c>EWOULDBLOCK</c> of errno(3).</summary>
    public const int WouldBlock = 11;

    /// <summary><c>LOCK_EX</c>, <c>LOCK_EX | LOCK_NB</c> and <c>LOCK_UN</c> of flock(2).</summary>
    public const int Exclusive = 2, ExclusiveWithoutWaiting = 2 | 4, Unlock = 8;

    /// <summary>statx(2): the same structure on every architecture, unlike stat(2).</summary>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Status(int directory, string path, int flags, uint mask, Statx* status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Status(SafeFileHandle file, string path, int flags, uint mask, Statx* status);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Flush(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    /// <summary>Gives a lock back. Closing the file is not enough: a child that has forked and not executed yet has it open, too.</summary>
    public static void ReleaseLock(SafeFileHandle file)
    {
        if (!file.IsClosed)
        {
            _ = Lock(file, Unlock);
            file.Dispose();
        }
    }

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>statfs(2): on 64-bit Linux the first field is <c>f_type</c>, a long; the whole is below 256 bytes.</summary>
    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FileSystem(string path, long* status);

    /// <summary>A <c>struct statx</c>, as far as it is used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Statx
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public ulong Device;
    }
}
