using System.Runtime.InteropServices;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>The numbers of errno(3) that something is decided by, on x86 and ARM.</summary>
internal static class Errno
{
    public const int
        Interrupted = 4, TooLong = 7, NotExecutable = 8, NoChild = 10, TryAgain = 11, NoMemory = 12, NoFilesLeft = 23, TooManyFiles = 24,
        NoSpace = 28, BrokenPipe = 32;

    /// <summary>Whether it says that the host is short of something that a process needs: memory, descriptors, processes.</summary>
    public static bool IsShortage(int error) => error is TryAgain or NoMemory or NoFilesLeft or TooManyFiles;

    /// <summary>The error in words.</summary>
    public static string Text(int error) => Marshal.GetPInvokeErrorMessage(error);
}
