using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TaskQueue.Files;

/// <summary>A file that one process holds at a time, and that tells the others who that is.</summary>
/// <remarks>
/// It is flock(2) that counts, not that the file exists: the kernel gives the lock back when the holder is gone, however it ended.
/// The file stays where it is: removing it would let a second process lock another file of the same name.
/// </remarks>
public sealed class LockFile : IDisposable
{
    private const uint OwnerOnly = 0x180;

    // The holder's number and its note, a line each.
    private const int MaxBytes = 256;

    private readonly SafeFileHandle _file;

    private LockFile(SafeFileHandle file, string? note)
    {
        _file = file;
        Write(note);
        Note = note;
    }

    /// <summary>What the last holder that left a note noted; null when none did.</summary>
    public string? Note { get; private set; }

    /// <summary>Takes the lock, or says who has it; never waits.</summary>
    /// <param name="path">Made when it is not there.</param>
    /// <exception cref="FileHeldException">Somebody else has it.</exception>
    /// <exception cref="IOException">It cannot be made, or cannot be locked.</exception>
    public static LockFile Take(string path)
    {
        var file = NativeMethods.Open(path, NativeMethods.WriteOrCreate, OwnerOnly);
        try
        {
            if (file.IsInvalid)
            {
                throw FileStatus.Failed(path);
            }

            if (NativeMethods.Lock(file, NativeMethods.ExclusiveWithoutWaiting) != 0)
            {
                throw Marshal.GetLastPInvokeError() == NativeMethods.WouldBlock ? new FileHeldException(path, HolderOf(file)) : FileStatus.Failed(path);
            }

            return new LockFile(file, LineOf(file, 1));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Leaves a line for whoever holds it next, on the disk when this returns.</summary>
    /// <param name="note">ASCII, at most 200 characters.</param>
    public void LeaveNote(string note)
    {
        Write(note);
        RandomAccess.FlushToDisk(_file);
        Note = note;
    }

    /// <summary>Gives it back.</summary>
    public void Dispose() => NativeMethods.ReleaseLock(_file);

    private void Write(string? note)
    {
        // In one go, and cut off afterwards: a reader finds whole lines at any time.
        var content = Encoding.ASCII.GetBytes($"{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}\n{(note is null ? "" : note + "\n")}");
        RandomAccess.Write(_file, content, 0);
        RandomAccess.SetLength(_file, content.Length);
    }

    private static int? HolderOf(SafeFileHandle file) => int.TryParse(LineOf(file, 0), CultureInfo.InvariantCulture, out var holder) ? holder : null;

    private static string? LineOf(SafeFileHandle file, int index)
    {
        Span<byte> content = stackalloc byte[MaxBytes];
        var lines = Encoding.ASCII.GetString(content[..RandomAccess.Read(file, content, 0)]).Split('\n');

        // What follows the last line's end is nothing, or a line that is not whole.
        return index < lines.Length - 1 ? lines[index] : null;
    }
}

/// <summary>Another process has a lock file.</summary>
/// <param name="path">The lock file.</param>
/// <param name="holder">The process's number, as far as it has written it yet.</param>
public sealed class FileHeldException(string path, int? holder)
    : IOException($"{path} is held by {(holder is { } pid ? $"process {pid}" : "another process")}")
{
    /// <summary>The number of the process that has it, in its own namespace; null while it is not written yet.</summary>
    public int? Holder { get; } = holder;
}
