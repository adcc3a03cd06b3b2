using TaskQueue.Messaging;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Makes the frame that hands a task to its worker process.</summary>
internal static class TaskFrames
{
    private const string DeliveryCountHeader = "x-delivery-count";

    public static TaskFrame Make(RunningTask task, long taskId)
    {
        var properties = task.Delivery.Properties;
        return new TaskFrame
        {
            TaskId = taskId,
            MessageId = task.MessageId,
            CorrelationId = task.CorrelationId,
            Attempt = AttemptOf(task.Delivery),
            ContentType = properties.ContentType,
            DispatchedByHeader = properties.HeaderText(HeaderNames.WorkerType) is not null,
            Headers = HeaderValues.Plain(properties.Headers),
            Body = task.Delivery.Body,
        };
    }

    /// <summary>Quorum queues count deliveries (<see href="https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling"/>);
    /// classic queues only tell that there was one before.</summary>
    public static int AttemptOf(Delivery delivery) =>
        int.TryParse(delivery.Properties.HeaderText(DeliveryCountHeader), out var earlier) ? earlier + 1 : delivery.Redelivered ? 2 : 1;
}
