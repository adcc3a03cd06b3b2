using System.Globalization;

namespace TaskQueue.WorkerPool.OperatingSystem;

/// <summary>What whoever started the pool left open, besides the three standard streams.</summary>
internal static class InheritedDescriptors
{
    private const int FirstOther = 3;

    /// <summary>Keeps all of them from the processes that this one starts, which run as other users.</summary>
    public static void KeepFromChildren()
    {
        // Older kernels (before 5.11) and versions of libc (before glibc 2.34) do not know it.
        if (!TryAllAtOnce())
        {
            foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(Path.GetFileName).ToList())
            {
                if (int.Parse(descriptor!, CultureInfo.InvariantCulture) is >= FirstOther and var number)
                {
                    _ = NativeMethods.FileControl(number, NativeMethods.SetDescriptorFlags, NativeMethods.CloseOnExecFlag);
                }
            }
        }
    }

    private static bool TryAllAtOnce()
    {
        try
        {
            return NativeMethods.CloseRange(FirstOther, uint.MaxValue, NativeMethods.MarkCloseOnExec) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }
}
