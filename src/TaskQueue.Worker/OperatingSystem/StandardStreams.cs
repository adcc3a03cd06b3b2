using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>Keeps the pipes to the pool for ourselves, before any code of a plugin runs.</summary>
internal static class StandardStreams
{
    private const int StandardInput = 0;
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    /// <summary>
    /// Moves the pipes to descriptors that child processes do not inherit. What native code, or a child process, then
    /// reads from standard input is empty, and what it prints goes to standard error, which the pool logs.
    /// </summary>
    /// <returns>The pipe from the pool, and the one to it.</returns>
    public static (Stream Input, Stream Output) TakeOver()
    {
        var input = MoveAside(StandardInput);
        var output = MoveAside(StandardOutput);
        using var nothing = File.OpenHandle("/dev/null");
        Redirect((int)nothing.DangerousGetHandle(), StandardInput);
        Redirect(StandardError, StandardOutput);
        return (
            new BlockingInput(new FileStream(input, FileAccess.Read, bufferSize: 0)),
            new FileStream(output, FileAccess.Write, bufferSize: 0));
    }

    private static SafeFileHandle MoveAside(int descriptor)
    {
        var moved = NativeMethods.FileControl(descriptor, NativeMethods.DuplicateCloseOnExec, StandardError + 1);
        return moved < 0
            ? throw new Win32Exception(Marshal.GetLastPInvokeError(), $"descriptor {descriptor} cannot be moved: {Marshal.GetLastPInvokeErrorMessage()}")
            : new SafeFileHandle(moved, ownsHandle: true);
    }

    private static void Redirect(int from, int to)
    {
        if (NativeMethods.Duplicate(from, to) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"descriptor {to} cannot be redirected: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
