using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Files;

/// <summary>What the kernel knows of a file, folder or other entry: statx(2).</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Owner">The number of the user that it belongs to.</param>
/// <param name="Group">The number of the group that it belongs to.</param>
/// <param name="Mode">The permissions, with the set-id and sticky bits.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Identity">Device and inode: the same for two names of one thing only.</param>
/// <param name="Modified">The seconds and nanoseconds since 1970 at which its content last changed.</param>
public sealed record FileStatus(
    FileKind Kind, uint Owner, uint Group, UnixFileMode Mode, long Size, (ulong Device, ulong Inode) Identity, (long Seconds, uint Nanoseconds) Modified)
{
    private const int KindShift = 12, PermissionBits = 0xFFF;

    /// <summary>Looks at what a path leads to, through links.</summary>
    /// <returns><see langword="null"/> when there is nothing.</returns>
    /// <exception cref="IOException">It cannot be looked at: a loop of links, a folder that may not be entered.</exception>
    public static FileStatus? Of(string path) => Of(path, flags: 0);

    /// <summary>Looks at the entry itself, also where it is a link.</summary>
    /// <inheritdoc cref="Of(string)"/>
    public static FileStatus? OfEntry(string path) => Of(path, NativeMethods.NoFollow);

    internal static unsafe FileStatus Of(SafeFileHandle file, string path)
    {
        NativeMethods.Statx status;
        return NativeMethods.Status(file, "", NativeMethods.EmptyPath, NativeMethods.BasicStatus, &status) == 0 ? From(status) : throw Failed(path);
    }

    internal static IOException Failed(string path) => new($"{path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    private static unsafe FileStatus? Of(string path, int flags)
    {
        NativeMethods.Statx status;
        if (NativeMethods.Status(NativeMethods.CurrentDirectory, path, flags, NativeMethods.BasicStatus, &status) == 0)
        {
            return From(status);
        }

        return Marshal.GetLastPInvokeError() is NativeMethods.NoEntry or NativeMethods.NoFolder ? null : throw Failed(path);
    }

    private static FileStatus From(in NativeMethods.Statx status) => new(
        (FileKind)(status.Mode >> KindShift),
        status.Owner,
        status.Group,
        (UnixFileMode)(status.Mode & PermissionBits),
        (long)status.Size,
        (status.Device, status.Inode),
        (status.ModifiedSeconds, status.ModifiedNanoseconds));
}

/// <summary>The kinds of entries in a folder, numbered as inode(7) does.</summary>
public enum FileKind
{
    /// <summary>None that is known.</summary>
    Unknown = 0,

    /// <summary>A named pipe: whoever opens it waits for somebody at the other end.</summary>
    Pipe = 1,

    /// <summary>A character device.</summary>
    CharacterDevice = 2,

    /// <summary>A folder.</summary>
    Folder = 4,

    /// <summary>A block device.</summary>
    BlockDevice = 6,

    /// <summary>A file with content.</summary>
    Regular = 8,

    /// <summary>A symbolic link.</summary>
    Link = 10,

    /// <summary>A socket.</summary>
    Socket = 12,
}
