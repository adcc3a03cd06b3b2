using System.Runtime.InteropServices;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>Gives programs that this process starts the default of SIGPIPE back.</summary>
internal static class BrokenPipes
{
    // A function of libc that does nothing with the number it gets, and may be called from a signal handler.
    private const string Nothing = "abs";

    /// <remarks>
    /// The runtime ignores SIGPIPE, and programs inherit what is ignored: <c>yes | head</c> would complain instead of end. What is
    /// handled, even by doing nothing, is back to its default in them; for this process both are the same.
    /// </remarks>
    public static void LeaveToPrograms() =>
        _ = NativeMethods.Handle(NativeMethods.BrokenPipe, NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), Nothing));
}
