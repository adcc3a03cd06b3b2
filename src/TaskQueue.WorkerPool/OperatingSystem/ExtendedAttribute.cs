using System.Text;

namespace TaskQueue.WorkerPool.OperatingSystem;

/// <summary>Short texts that a file or folder has under a name, xattr(7).</summary>
internal static unsafe class ExtendedAttribute
{
    private const int MostBytes = 64;

    /// <summary>Reads one.</summary>
    /// <returns><see langword="null"/> when there is none, or it may not be read.</returns>
    public static string? Read(string path, string name)
    {
        var value = stackalloc byte[MostBytes];
        var length = NativeMethods.GetExtendedAttribute(path, name, value, MostBytes);
        return length < 0 ? null : Encoding.UTF8.GetString(value, (int)length);
    }
}
