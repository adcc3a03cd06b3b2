namespace TaskQueue.Plugins.Echo;

/// <summary>Returns each work item as it came: the smallest plugin, and a way to see that tasks flow.</summary>
public sealed class EchoWorker : BaseWorker
{
    /// <inheritdoc/>
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => workItem;
}
