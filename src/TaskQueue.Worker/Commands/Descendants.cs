using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TaskQueue.Worker.OperatingSystem;

namespace TaskQueue.Worker.Commands;

/// <summary>The processes that this one has started, and those that they left behind.</summary>
internal static unsafe class Descendants
{
    /// <summary>From now on processes that lose their parent become children of this one, instead of the system's.</summary>
    public static void Adopt() => _ = NativeMethods.ProcessControl(NativeMethods.SetChildSubreaper, 1, 0, 0, 0);

    /// <summary>Whether there is any child, dead or alive: one call, for after every task.</summary>
    public static bool Exist() =>
        NativeMethods.WaitId(NativeMethods.AnyChild, 0, null, NativeMethods.WaitExited | NativeMethods.WaitNoHang | NativeMethods.WaitNoReap) == 0
        || Marshal.GetLastPInvokeError() != Errno.NoChild;

    /// <summary>The children of a process.</summary>
    public static IReadOnlyList<int> ChildrenOf(int pid)
    {
        var children = new List<int>();
        try
        {
            // The kernel lists them by the thread that made them.
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                AddChildrenOf(thread, children);
            }
        }
        catch (IOException)
        {
            // It has ended; what it made goes to us.
        }

        return children;
    }

    /// <summary>Takes a dead child away.</summary>
    /// <returns>Whether it was dead.</returns>
    public static bool TryBury(int pid) => NativeMethods.WaitPid(pid, null, NativeMethods.WaitNoHang) != 0;

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

    /// <summary>Kills a process with all below it, however deep that is.</summary>
    /// <remarks>A chain whose links each wait for the next would else lose one link at a time.</remarks>
    public static void KillTree(int pid)
    {
        var seen = new HashSet<int> { pid };
        var next = new Queue<int>(seen);
        while (next.TryDequeue(out var each))
        {
            foreach (var child in ChildrenOf(each).Where(seen.Add))
            {
                next.Enqueue(child);
            }

            _ = NativeMethods.Send(each, NativeMethods.Kill);
        }
    }

    private static void AddChildrenOf(string thread, List<int> children)
    {
        try
        {
            children.AddRange(File.ReadAllText($"{thread}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture)));
        }
        catch (IOException)
        {
            // The thread has ended; what it made goes to another one.
        }
    }

    private static void Send(int group, int signal) => _ = NativeMethods.Send(-group, signal);
}
