using System.Runtime.InteropServices;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>The calls of libc that .NET has no name for.</summary>
internal static unsafe partial class NativeMethods
{
    /// <summary><c>F_SETFL</c> and <c>F_DUPFD_CLOEXEC</c> of fcntl(2) on Linux.</summary>
    public const int SetFlags = 4, DuplicateCloseOnExec = 1030;

    /// <summary><c>O_NONBLOCK</c> and <c>O_CLOEXEC</c> of open(2) on x86 and ARM.</summary>
    public const int NonBlocking = 0x800, CloseOnExec = 0x80000;

    /// <summary><c>SIGKILL</c>, <c>SIGTERM</c>, <c>SIGCHLD</c> and <c>SIGCONT</c> of signal(7) on x86 and ARM.</summary>
    public const int Kill = 9, Terminate = 15, ChildEnded = 17, Continue = 18;

    /// <summary><c>SIG_DFL</c> of signal(2).</summary>
    public const nint DefaultHandler = 0;

    /// <summary><c>X_OK</c> of access(2).</summary>
    public const int MayExecute = 1;

    /// <summary><c>PR_SET_DUMPABLE</c> and <c>PR_SET_CHILD_SUBREAPER</c> of prctl(2).</summary>
    public const int SetDumpable = 4, SetChildSubreaper = 36;

    /// <summary><c>P_ALL</c> and <c>P_PID</c> of waitid(2).</summary>
    public const int AnyChild = 0, OneChild = 1;

    /// <summary><c>WNOHANG</c>, <c>WEXITED</c> and <c>WNOWAIT</c> of waitid(2).</summary>
    public const int WaitNoHang = 1, WaitExited = 4, WaitNoReap = 0x01000000;

    /// <summary><c>POLLIN</c> and <c>POLLOUT</c> of poll(2).</summary>
    public const short PollIn = 1, PollOut = 4;

    /// <summary><c>POSIX_SPAWN_SETSIGDEF</c>, <c>POSIX_SPAWN_SETSIGMASK</c> and <c>POSIX_SPAWN_SETSID</c> of posix_spawn(3).</summary>
    public const short SpawnSetSignalDefaults = 0x04, SpawnSetSignalMask = 0x08, SpawnSetSession = 0x80;

    /// <summary>The number of pidfd_open(2), the same on every architecture.</summary>
    public const nint OpenProcessDescriptor = 434;

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

    /// <summary>waitid(2). <paramref name="info"/> is a siginfo_t, or nothing.</summary>
    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int idType, uint id, byte* info, int options);

    /// <summary>waitpid(2).</summary>
    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int processId, int* status, int options);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

    /// <summary>pipe2(2). The end to read from comes first.</summary>
    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int timeoutMilliseconds);

    /// <summary>syscall(2), for what older versions of libc have no function for.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint argument1, nint argument2);

    /// <summary>posix_spawn(3): execve(2) in a new process. Unlike posix_spawnp and execvp it never hands a file to a shell.</summary>
    /// <returns>Zero, or the error.</returns>
    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int Spawn(out int processId, byte* path, byte* fileActions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetAttributeFlags(byte* attributes, short flags);

    /// <summary>Which signals a new process handles by default. <paramref name="signals"/> is a sigset_t.</summary>
    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitializeFileActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyFileActions(byte* actions);

    /// <summary>Ends the process at once: no handlers, no finalizers (_exit(2)).</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitNow(int exitCode);

    /// <summary>A <c>struct pollfd</c>; a negative descriptor is none.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Seen;
    }
}
