using System.ComponentModel;
using System.Diagnostics;

namespace TaskQueue.Chaos.Staging;

/// <summary>Signals to processes.</summary>
internal static class Processes
{
    /// <summary>SIGKILL, if the process is still there.</summary>
    /// <returns>Whether it was.</returns>
    public static bool Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }
}
