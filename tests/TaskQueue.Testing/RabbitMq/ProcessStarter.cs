using System.Collections.Concurrent;
using System.Diagnostics;

namespace TaskQueue.Testing;

/// <summary>Starts processes that must not outlive this one.</summary>
/// <remarks>The kernel sends the death signal when the <em>thread</em> that forked ends, so all are started from one thread that never does.</remarks>
internal static class ProcessStarter
{
    private static readonly BlockingCollection<Action> Work = StartThread();

    /// <summary>Starts a program that is killed when this process ends.</summary>
    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        var bound = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", start.FileName, .. start.ArgumentList])
        {
            WorkingDirectory = start.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = start.RedirectStandardOutput,
            RedirectStandardError = start.RedirectStandardError,
        };
        bound.Environment.Clear();
        foreach (var (name, value) in start.Environment)
        {
            bound.Environment[name] = value;
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(bound)!);
            }
            catch (Exception e)
            {
                // The caller's, not this thread's.
                started.SetException(e);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> StartThread()
    {
        var work = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
            {
                action();
            }
        })
        {
            IsBackground = true,
            Name = "process starter",
        };
        thread.Start();
        return work;
    }
}
