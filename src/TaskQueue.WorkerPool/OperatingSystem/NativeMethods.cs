using System.Runtime.InteropServices;

namespace TaskQueue.WorkerPool.OperatingSystem;

/// <summary>The calls of libc that .NET has no name for.</summary>
internal static partial class NativeMethods
{
    /// <summary><c>SIGKILL</c> of signal(7).</summary>
    public const int Kill = 9;

    /// <summary><c>F_SETFD</c> and <c>FD_CLOEXEC</c> of fcntl(2).</summary>
    public const int SetDescriptorFlags = 2, CloseOnExecFlag = 1;

    /// <summary><c>CLOSE_RANGE_CLOEXEC</c> of close_range(2).</summary>
    public const uint MarkCloseOnExec = 4;

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int descriptor, int command, int argument);

    /// <summary>close_range(2).</summary>
    [LibraryImport("libc", EntryPoint = "close_range", SetLastError = true)]
    public static partial int CloseRange(uint first, uint last, uint flags);

    /// <summary>getxattr(2).</summary>
    [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial nint GetExtendedAttribute(string path, string name, byte* value, nint size);

    /// <summary>kill(2). A negative process id stands for all of a process group.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Send(int processId, int signal);
}
