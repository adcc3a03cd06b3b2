using TaskQueue.Messaging;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Makes the frame that hands a task to its worker process.</summary>
internal static class TaskFrames
{
    public static TaskFrame Make(PoolTask task, long taskId)
    {
        var properties = task.Properties;
        return new TaskFrame
        {
            TaskId = taskId,
            MessageId = task.MessageId,
            CorrelationId = task.CorrelationId,
            Attempt = task.Attempt,
            ContentType = properties.ContentType,
            ContentEncoding = properties.ContentEncoding,
            DispatchedByHeader = properties.HeaderText(HeaderNames.WorkerType) is not null,
            Headers = task.PlainHeaders,
            OmittedHeaders = task.OmittedHeaders,
            Body = task.Body,
        };
    }
}
