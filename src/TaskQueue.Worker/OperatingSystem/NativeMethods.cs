using System.Runtime.InteropServices;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>The few calls of libc that .NET has no name for.</summary>
internal static partial class NativeMethods
{
    /// <summary><c>F_DUPFD_CLOEXEC</c> of fcntl(2) on Linux.</summary>
    public const int DuplicateCloseOnExec = 1030;

    /// <summary><c>SIGKILL</c>, <c>SIGPIPE</c>, <c>SIGTERM</c> and <c>SIGCONT</c> of signal(7) on x86 and ARM.</summary>
    public const int Kill = 9, BrokenPipe = 13, Terminate = 15, Continue = 18;

    /// <summary><c>X_OK</c> of access(2).</summary>
    public const int MayExecute = 1;

    /// <summary><c>PR_SET_CHILD_SUBREAPER</c> of prctl(2).</summary>
    public const int SetChildSubreaper = 36;

    /// <summary><c>P_ALL</c> of waitid(2).</summary>
    public const int AnyChild = 0;

    /// <summary><c>WNOHANG</c>, <c>WEXITED</c> and <c>WNOWAIT</c> of waitid(2).</summary>
    public const int WaitNoHang = 1, WaitExited = 4, WaitNoReap = 0x01000000;

    /// <summary><c>ECHILD</c> and <c>ESRCH</c> of errno(3).</summary>
    public const int NoChild = 10, NoProcess = 3;

    /// <summary><c>E2BIG</c>, <c>EAGAIN</c>, <c>ENOMEM</c>, <c>ENFILE</c> and <c>EMFILE</c> of errno(3).</summary>
    public const int TooLong = 7, TryAgain = 11, NoMemory = 12, NoFilesLeft = 23, TooManyFiles = 24;

    /// <summary>kill(2). A negative process id stands for all of a process group.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Send(int processId, int signal);

    /// <summary>signal(2).</summary>
    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    public static partial nint Handle(int signal, nint handler);

    /// <summary>access(2), with the real user, which is also the effective one here.</summary>
    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    /// <summary>prctl(2).</summary>
    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    /// <summary>waitid(2), without a place for what it found.</summary>
    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int idType, uint id, nint info, int options);

    /// <summary>waitpid(2).</summary>
    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int processId, nint status, int options);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

    /// <summary>Ends the process at once: no handlers, no finalizers (_exit(2)).</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitNow(int exitCode);
}
