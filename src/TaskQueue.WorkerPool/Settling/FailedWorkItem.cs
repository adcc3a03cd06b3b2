using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Makes the failure result of a task whose worker could not: its process died, or was never given it.</summary>
internal static class FailedWorkItem
{
    /// <summary>The work item with the error in it.</summary>
    /// <remarks>Plugins' formats are not loaded into the pool: such a body goes out as it came, and the headers carry the error.</remarks>
    public static ResultPart Of(PoolTask task, TaskFailure failure)
    {
        var configured = task.Worker.Configure;
        var formats = new WorkItemFormats(
            configured.WorkItemTypeMap.Count > 0 ? configured.WorkItemTypeMap : null, configured.DefaultWorkItemType);
        var isByHeader = task.Properties.HeaderText(HeaderNames.WorkerType) is not null;
        return new ResultPart(
            RoutingKey: null,
            task.Properties.ContentType ?? configured.DefaultWorkItemType,
            formats.WithFailure(task.Body, task.Properties.ContentType, isByHeader, failure.Error, failure.Trace));
    }
}
