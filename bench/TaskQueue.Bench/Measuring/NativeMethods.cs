using System.Runtime.InteropServices;

namespace TaskQueue.Bench.Measuring;

/// <summary>The call of libc that .NET has no name for.</summary>
internal static partial class NativeMethods
{
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int GetClock(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    public readonly struct TimeSpec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
