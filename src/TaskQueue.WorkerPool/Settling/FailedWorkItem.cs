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
        return new ResultPart(RoutingKey: null, task.Properties.ContentType ?? configured.DefaultWorkItemType, BodyOf(task, failure, formats));
    }

    private static ReadOnlyMemory<byte> BodyOf(PoolTask task, TaskFailure failure, WorkItemFormats formats)
    {
        try
        {
            var workItem = formats.Decode(
                task.Body, task.Properties.ContentType, dispatchedByHeader: task.Properties.HeaderText(HeaderNames.WorkerType) is not null);
            workItem.SetFailure(failure.Error, failure.Trace);
            return workItem.Encode();
        }
        catch (MalformedWorkItemException)
        {
            return task.Body;
        }
    }
}
