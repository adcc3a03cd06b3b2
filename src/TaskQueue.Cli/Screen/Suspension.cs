using System.Runtime.InteropServices;

namespace TaskQueue.Cli.Screen;

/// <summary>Ctrl-Z: a runtime that is asked to tell of SIGTSTP does not stop the process itself.</summary>
internal static partial class Suspension
{
    // signal(7), on all of Linux's processors that .NET runs on.
    private const int SigStop = 19;

    /// <summary>Stops this process until somebody continues it.</summary>
    public static void Begin() => _ = Kill(Environment.ProcessId, SigStop);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
