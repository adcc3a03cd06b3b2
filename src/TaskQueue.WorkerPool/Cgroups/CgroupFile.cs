using System.Text;
using TaskQueue.Files;

namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>The files by which the kernel shows control groups and takes orders, <see href="https://docs.kernel.org/admin-guide/cgroup-v2.html"/>.</summary>
internal static class CgroupFile
{
    public const string
        Processes = "cgroup.procs", Enabled = "cgroup.subtree_control", Events = "cgroup.events", KillAll = "cgroup.kill",
        MemoryPeak = "memory.peak", MemoryEvents = "memory.events", MemoryGroupKill = "memory.oom.group", ProcessorStatistics = "cpu.stat";

    /// <summary>Writes an order, in one call as the kernel wants it.</summary>
    /// <exception cref="IOException">The kernel does not take it.</exception>
    public static void Write(string group, string file, string text)
    {
        using var handle = File.OpenHandle(Path.Combine(group, file), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes(text), fileOffset: 0);
    }

    /// <summary>Writes an order that the kernel may not know, or that may come too late.</summary>
    /// <returns>Whether it was taken.</returns>
    public static bool TryWrite(string group, string file, string text)
    {
        try
        {
            Write(group, file, text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The lines of a file.</summary>
    /// <returns>Nothing where the kernel has no such file, or the group is gone.</returns>
    public static string[] Lines(string group, string file) => KernelFile.Lines(Path.Combine(group, file));

    /// <summary>A number of a file that has one, or one a line behind a word.</summary>
    /// <param name="group">The group's folder.</param>
    /// <param name="file">The file.</param>
    /// <param name="word">The word, or nothing.</param>
    public static long? Number(string group, string file, string word = "")
    {
        var prefix = word.Length == 0 ? "" : $"{word} ";
        return Lines(group, file).FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal)) is { } line
            && long.TryParse(line.AsSpan(prefix.Length), out var number) ? number : null;
    }
}
