using Microsoft.Extensions.Logging;

namespace TaskQueue.Client;

internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Warning, "The broker refused task {MessageId} for {Queue}, which may be full; it is sent again in {Delay} s")]
    public static partial void Refused(this ILogger logger, string messageId, string queue, double delay);

    [LoggerMessage(4001, LogLevel.Warning, "The connection ended before the broker confirmed task {MessageId}; it is sent again")]
    public static partial void SentAgain(this ILogger logger, string messageId);

    [LoggerMessage(4100, LogLevel.Debug, "A reply with correlation id {CorrelationId} came that nobody waits for (any more); it is dropped")]
    public static partial void UnexpectedReply(this ILogger logger, string? correlationId);

    [LoggerMessage(4101, LogLevel.Warning, "The reply queue {Queue} could not be deleted; the broker does it when the queue has expired")]
    public static partial void ReplyQueueLeftBehind(this ILogger logger, Exception exception, string queue);
}
