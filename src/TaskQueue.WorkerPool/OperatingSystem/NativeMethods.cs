using System.Runtime.InteropServices;

namespace TaskQueue.WorkerPool.OperatingSystem;

/// <summary>The call of libc that .NET has no name for.</summary>
internal static partial class NativeMethods
{
    /// <summary><c>SIGKILL</c> of signal(7).</summary>
    public const int Kill = 9;

    /// <summary>kill(2). A negative process id stands for all of a process group.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Send(int processId, int signal);
}
