using System.Runtime.InteropServices;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>The few calls of libc that .NET has no name for.</summary>
internal static partial class NativeMethods
{
    /// <summary><c>F_DUPFD_CLOEXEC</c> of fcntl(2) on Linux.</summary>
    public const int DuplicateCloseOnExec = 1030;

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

    /// <summary>Ends the process at once: no handlers, no finalizers (_exit(2)).</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitNow(int exitCode);
}
