using System.Globalization;

namespace TaskQueue.TestPlugins;

/// <summary>Uses up the threads of its process when its argument is <c>hog</c>, and returns: nothing is started there any more.</summary>
[WorkerType("hog-threads")]
public sealed class HogThreadsWorker : BaseWorker
{
    private static readonly ManualResetEventSlim Never = new();

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        if (Argument.Of(workItem) == "hog")
        {
            ThreadPool.GetMinThreads(out var threads, out var completions);
            ThreadPool.SetMaxThreads(threads, completions);
            for (var i = 0; i < 2 * threads; i++)
            {
                ThreadPool.QueueUserWorkItem(_ => Never.Wait(CancellationToken.None));
            }
        }

        return workItem;
    }
}

/// <summary>Kills the pool that runs it, and with it itself. The file that its argument names gets a line each time that it begins.</summary>
[WorkerType("kill-pool")]
public sealed class KillPoolWorker : BaseWorker
{
    private static readonly ManualResetEventSlim Never = new();

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        File.AppendAllText(Argument.Of(workItem), "begun\n");
        var status = File.ReadLines("/proc/self/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal));
        using var pool = System.Diagnostics.Process.GetProcessById(int.Parse(status.AsSpan("PPid:".Length), CultureInfo.InvariantCulture));
        pool.Kill();
        Never.Wait(CancellationToken.None);
        return workItem;
    }
}
