using TaskQueue.Messaging;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Makes the frame that hands a task to its worker process.</summary>
internal static class TaskFrames
{
    public static TaskFrame Make(HeldTask task, long taskId)
    {
        var properties = task.Properties;
        var headers = HeaderValues.Plain(properties.Headers, out var omitted);
        return new TaskFrame
        {
            TaskId = taskId,
            MessageId = task.MessageId,
            CorrelationId = task.CorrelationId,
            Attempt = task.Attempt,
            ContentType = properties.ContentType,
            ContentEncoding = properties.ContentEncoding,
            DispatchedByHeader = properties.HeaderText(HeaderNames.WorkerType) is not null,
            Headers = headers,
            OmittedHeaders = omitted,
            Body = task.Body,
        };
    }
}
