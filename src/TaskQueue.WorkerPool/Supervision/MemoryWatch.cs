using System.Globalization;
using TaskQueue.Files;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Holds a worker process to its <c>limit_memory</c>, together with the commands that it runs.</summary>
/// <remarks>
/// The runtime itself refuses to let the managed heap grow past the limit. This watch is for what it does not count:
/// memory of native code. RLIMIT_AS is no use, a .NET process reserves far more address space than it touches.
/// </remarks>
internal static class MemoryWatch
{
    // What the runtime needs besides the heap that the limit is about.
    private const long RuntimeBytes = 48L * 1024 * 1024;

    // Of one command; looking at more would cost more than what they have.
    private const int MaxProcesses = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    /// <summary>Looks at the process until it ends, and kills it when it has more than the limit.</summary>
    public static async Task GuardAsync(WorkerProcess worker, long limitBytes, TimeProvider time)
    {
        while (await Task.WhenAny(worker.Ended, Task.Delay(Interval, time)) != worker.Ended)
        {
            var bytes = worker.Spec.Configure.Command is null ? AnonymousBytes(worker.Pid) : AnonymousBytesOfTree(worker.Pid);
            if (bytes > limitBytes + RuntimeBytes)
            {
                worker.Kill($"out of memory: it has {bytes} bytes, limit_memory is {limitBytes}");
                return;
            }
        }
    }

    // A command may make as many processes as its user is allowed, and each the next one's parent.
    private static long AnonymousBytesOfTree(int root)
    {
        var seen = new HashSet<int> { root };
        var next = new Queue<int>(seen);
        var bytes = 0L;
        while (next.TryDequeue(out var pid))
        {
            bytes += AnonymousBytes(pid);
            foreach (var child in Children(pid).Where(child => seen.Count < MaxProcesses && seen.Add(child)))
            {
                next.Enqueue(child);
            }
        }

        return bytes;
    }

    private static IEnumerable<int> Children(int pid)
    {
        try
        {
            // Listed by the thread that made them.
            return [.. Directory.EnumerateDirectories($"/proc/{pid}/task")
                .SelectMany(thread => File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            // The process or a thread of it has ended; the next look sees what is left.
            return [];
        }
    }

    /// <summary>The memory that a process has for itself, without mapped files: <c>RssAnon</c> of proc_pid_status(5); nothing of one that has ended.</summary>
    private static long AnonymousBytes(int pid) => KernelFile.Bytes($"/proc/{pid}/status", "RssAnon") ?? 0;
}
