using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TaskQueue.Worker.OperatingSystem;

namespace TaskQueue.Worker.Commands;

/// <summary>The processes that this one has started, and those that they left behind.</summary>
internal static class Descendants
{
    /// <summary>From now on processes that lose their parent become children of this one, instead of the system's.</summary>
    public static void Adopt() => _ = NativeMethods.ProcessControl(NativeMethods.SetChildSubreaper, 1, 0, 0, 0);

    /// <summary>Whether there is any child, dead or alive: one call, for after every task.</summary>
    public static bool Exist() =>
        NativeMethods.WaitId(NativeMethods.AnyChild, 0, 0, NativeMethods.WaitExited | NativeMethods.WaitNoHang | NativeMethods.WaitNoReap) == 0
        || Marshal.GetLastPInvokeError() != NativeMethods.NoChild;

    /// <summary>The children of this process.</summary>
    public static IReadOnlyList<int> Children()
    {
        var children = new List<int>();

        // The kernel lists them by the thread that made them.
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                children.AddRange(File.ReadAllText($"{thread}/children")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // The thread has ended; what it made goes to another one.
            }
        }

        return children;
    }

    /// <summary>Takes a dead child away.</summary>
    /// <returns>Whether it was dead.</returns>
    public static bool TryBury(int pid) => NativeMethods.WaitPid(pid, 0, NativeMethods.WaitNoHang) != 0;

    /// <summary>Whether a process belongs to a run, by the mark in its environment.</summary>
    public static bool IsMarked(int pid, string run)
    {
        try
        {
            var mark = Encoding.UTF8.GetBytes($"{TaskVariables.Run}={run}\0");
            return File.ReadAllBytes($"/proc/{pid}/environ").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or has become another user.
            return false;
        }
    }

    /// <summary>Asks a process group to end.</summary>
    public static void Terminate(int group)
    {
        Send(group, NativeMethods.Terminate);

        // One that is stopped would not hear of it.
        Send(group, NativeMethods.Continue);
    }

    /// <summary>Kills a process group.</summary>
    public static void Kill(int group) => Send(group, NativeMethods.Kill);

    /// <summary>Kills what a process group has left, its leader being gone.</summary>
    public static void KillRest(int group) => _ = NativeMethods.Send(-group, NativeMethods.Kill);

    /// <summary>Kills one process.</summary>
    public static void KillOne(int pid) => _ = NativeMethods.Send(pid, NativeMethods.Kill);

    private static void Send(int group, int signal)
    {
        // For a moment after its start a process does not lead its group yet, see CommandHandler.
        if (NativeMethods.Send(-group, signal) != 0 && Marshal.GetLastPInvokeError() == NativeMethods.NoProcess)
        {
            _ = NativeMethods.Send(group, signal);
        }
    }
}
