using System.Runtime.InteropServices;

namespace TaskQueue.Cli.Standalone;

/// <summary>Puts another program in the place of this one: the same process, terminal and signals, so that nothing has to be passed on.</summary>
internal static partial class ProcessImage
{
    /// <summary>Becomes the program. Returns only when that fails.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Why not.</returns>
    public static string Become(string path, IReadOnlyList<string> arguments)
    {
        // A null at the end: execv(3).
        Execute(path, [path, .. arguments, null]);
        return Marshal.GetLastPInvokeErrorMessage();
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
