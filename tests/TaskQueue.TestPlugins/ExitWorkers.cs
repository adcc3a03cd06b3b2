using System.Diagnostics;

namespace TaskQueue.TestPlugins;

[WorkerType("exit")]
public sealed class ExitWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        Environment.Exit((int)Argument.Number(workItem, 0, otherwise: 3));
        return workItem;
    }
}

[WorkerType("exit-kill")]
public sealed class ExitKillWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        Process.GetCurrentProcess().Kill();
        return workItem;
    }
}

/// <summary>Its exit handler never returns.</summary>
[WorkerType("exit-hang")]
public sealed class ExitHangWorker : BaseWorker
{
    public override void OnStart() =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            using var never = new ManualResetEventSlim();
            never.Wait();
        };

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => workItem;
}

[WorkerType("exit-background")]
public sealed class ExitBackgroundWorker : BaseWorker
{
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        new Thread(() => throw new InvalidOperationException("thrown on a background thread")) { IsBackground = true }.Start();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        return workItem;
    }
}

[WorkerType("exit-fast")]
public sealed class ExitFastWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        Environment.FailFast("no licence");
        return workItem;
    }
}

[WorkerType("exit-overflow")]
public sealed class ExitOverflowWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => Deeper(workItem, 1) > 0 ? workItem : null;

    private static int Deeper(WorkItem workItem, int depth) => depth < 0 ? 0 : Deeper(workItem, depth + 1) + workItem.ContentType.Length;
}

/// <summary>Starts a process that leaves its parent, writes that one's id to the file that its argument names, and waits for ever.</summary>
[WorkerType("fork")]
public sealed class ForkWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        // The shell in between is gone when its child, deaf to SIGTERM, is still there.
        var info = new ProcessStartInfo("/bin/sh", ["-c", $"(trap '' TERM; exec sleep 3600) & echo $! > {Argument.Words(workItem)[0]}"]);
        using var shell = Process.Start(info)!;
        shell.WaitForExit();
        using var never = new ManualResetEventSlim();
        never.Wait(CancellationToken.None);
        return workItem;
    }
}
