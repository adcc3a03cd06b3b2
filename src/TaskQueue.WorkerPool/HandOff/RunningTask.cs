using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>One task that a worker process of this pool has: from its delivery until that is settled.</summary>
/// <param name="Delivery">The message.</param>
/// <param name="Worker">Who runs it.</param>
/// <param name="Pid">The id of its process.</param>
/// <param name="MessageId">The message's id; made up where the publisher gave none and no dispatcher saw it.</param>
internal sealed record RunningTask(Delivery Delivery, WorkerSpec Worker, int Pid, string MessageId)
{
    /// <summary>The correlation id of its result.</summary>
    public string CorrelationId { get; } = Delivery.Properties.CorrelationId is { Length: > 0 } id ? id : MessageId;
}
