namespace TaskQueue.TestPlugins;

[WorkerType("return")]
public sealed class ReturnWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => workItem;
}

[WorkerType("return-null")]
public sealed class ReturnNullWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => null;
}

[WorkerType("sleep")]
public sealed class SleepWorker : BaseWorker
{
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        // So that it can be seen to have begun.
        context.ReportProgress(0);
        await Task.Delay(TimeSpan.FromSeconds(Argument.Number(workItem, 0, otherwise: 1)), TimeProvider.System, context.CancellationToken);
        return workItem;
    }
}

/// <summary>Sleeps until a file is there.</summary>
[WorkerType("sleep-until")]
public sealed class SleepUntilWorker : BaseWorker
{
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        context.ReportProgress(0);
        await Argument.SleepAsync(workItem, context.CancellationToken);
        return workItem;
    }
}

[WorkerType("sleep-stubborn")]
public sealed class SleepStubbornWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        // Deaf to cancellation, and it holds its thread.
        using var never = new ManualResetEventSlim();
        never.Wait(TimeSpan.FromSeconds(Argument.Number(workItem, 0, otherwise: 1)), CancellationToken.None);
        return workItem;
    }
}
