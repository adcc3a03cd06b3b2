using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Files;

/// <summary>Keeps programs of ours apart that change files of one folder; it needs no file of its own, and so nobody owns one afterwards.</summary>
public sealed class FolderLock : IDisposable
{
    private readonly SafeFileHandle _folder;

    private FolderLock(SafeFileHandle folder) => _folder = folder;

    /// <summary>Waits until nobody else has it: for as long as it takes to write a file.</summary>
    /// <exception cref="IOException">The folder is not there, or may not be read.</exception>
    public static FolderLock Take(string folder)
    {
        var handle = NativeMethods.Open(folder, NativeMethods.ReadWithoutWaiting);
        if (handle.IsInvalid || NativeMethods.Lock(handle, NativeMethods.Exclusive) != 0)
        {
            handle.Dispose();
            throw new IOException($"{folder}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return new FolderLock(handle);
    }

    /// <summary>Lets others have it.</summary>
    public void Dispose() => NativeMethods.ReleaseLock(_folder);
}
