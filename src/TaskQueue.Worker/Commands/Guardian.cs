using System.ComponentModel;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Starting;

namespace TaskQueue.Worker.Commands;

/// <summary>A shell that outlives this process, however that ends, and clears away what its commands leave: processes and files.</summary>
/// <remarks>
/// It waits for the end of a pipe whose other end nobody but this process holds. A parent-death signal for each command would reach
/// the command alone, not what it has started, and cost another program to go through for every task.
/// </remarks>
internal static class Guardian
{
    // A process that is killed has no environment any more: the loop ends when the last one is dead. What may not be killed
    // has become another user, and is not ours to end.
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' HUP INT TERM
        cd /
        while read -r _; do :; done
        while files=$(grep -lz "^TASKQUEUE_RUN=$1[.]" /proc/[0-9]*/environ); [ -n "$files" ]; do
          killed=
          for file in $files; do
            pid=${file#/proc/}
            kill -KILL "${pid%/environ}" && killed=yes
          done
          [ -n "$killed" ] || break
        done
        [ -z "$2" ] || rm -rf -- "$2"
        """;

    /// <summary>Starts it.</summary>
    /// <param name="mark">What the marks of all runs begin with, see <see cref="TaskVariables.Run"/>.</param>
    /// <param name="folder">A folder to remove, or nothing.</param>
    /// <returns>The end of the pipe, which is to be kept.</returns>
    /// <exception cref="UnusableException">It cannot be started.</exception>
    public static ParentEnd Start(string mark, string? folder)
    {
        try
        {
            // In a session of its own, which no signal for the worker's or the pool's group reaches, and as nobody's child.
            var process = ChildProcess.Start(
                "/usr/bin/setsid",
                ["setsid", "--fork", "--", "/bin/sh", "-c", Script, "taskqueue-guardian", mark, folder ?? ""],
                ["PATH=/usr/bin:/bin"],
                writes: true,
                reads: false);
            process.Reap();
            return process.Input;
        }
        catch (Win32Exception e)
        {
            throw new UnusableException($"what watches over commands cannot be started: {e.Message}", e);
        }
    }
}
