using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>Tasks as work items.</summary>
internal static class TaskDecoding
{
    /// <summary>Decodes the body of a task.</summary>
    /// <exception cref="RefusedTaskException">It does not follow its format.</exception>
    public static WorkItem DecodeTask(this WorkItemFormats formats, TaskFrame task)
    {
        try
        {
            return formats.Decode(task.Body, task.ContentType, task.DispatchedByHeader);
        }
        catch (Exception e) when (!Failure.IsOutOfMemory(e))
        {
            // Formats are plugins, too. The same bytes will not decode better next time.
            throw new RefusedTaskException(e is MalformedWorkItemException ? e.Message : $"the work item cannot be decoded: {Failure.Summary(e)}", e);
        }
    }
}
