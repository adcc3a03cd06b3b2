using Microsoft.Extensions.Logging;

namespace TaskQueue.Dispatcher;

internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "Dispatching {Queue}")]
    public static partial void Dispatching(this ILogger logger, string queue);

    [LoggerMessage(3001, LogLevel.Information, "Stopped; everything taken is settled")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(3002, LogLevel.Warning, "Stopping before all confirms have come; those messages go back to their queue")]
    public static partial void StoppedEarly(this ILogger logger);

    [LoggerMessage(3003, LogLevel.Information, "Reloading the configuration")]
    public static partial void Reloading(this ILogger logger);

    [LoggerMessage(3004, LogLevel.Error, "The new configuration is not used, the old one stays in force:\n{Problems}")]
    public static partial void ReloadRefused(this ILogger logger, string problems);

    [LoggerMessage(3005, LogLevel.Error, "{Problem}")]
    public static partial void FormatUnusable(this ILogger logger, string problem);

    [LoggerMessage(3006, LogLevel.Error, "The new configuration is not used, the old one stays in force: {Problem}")]
    public static partial void NewSessionRefused(this ILogger logger, string problem);

    [LoggerMessage(3007, LogLevel.Information, "The new configuration is in force; what was taken before it is settled")]
    public static partial void Replaced(this ILogger logger);

    [LoggerMessage(3008, LogLevel.Error, "Messages wait: {Problem} It is tried again every {Seconds} s or sooner")]
    public static partial void QueueRefused(this ILogger logger, string problem, double seconds);

    [LoggerMessage(3100, LogLevel.Error, "Rejected message {MessageId}: {Reason}")]
    public static partial void Rejected(this ILogger logger, string? messageId, string reason);

    [LoggerMessage(3101, LogLevel.Warning, "Message {MessageId} waits for a pool that serves {Queue}")]
    public static partial void Unroutable(this ILogger logger, string? messageId, string queue);

    [LoggerMessage(3102, LogLevel.Warning, "The broker refused message {MessageId} for {Queue}: {Reason}; it goes back to its queue")]
    public static partial void Refused(this ILogger logger, string? messageId, string queue, string reason);

    [LoggerMessage(3103, LogLevel.Error, "Message {MessageId} could not be set aside from {Queue}; it goes back to its queue")]
    public static partial void DetourFailed(this ILogger logger, Exception exception, string? messageId, string queue);

    [LoggerMessage(3104, LogLevel.Error, "Offering the messages without a queue again failed; the next round follows")]
    public static partial void OffersFailed(this ILogger logger, Exception exception);

    [LoggerMessage(3105, LogLevel.Warning, "More messages were rejected, refused or had no queue: {Count}; at most {Limit} a second are logged")]
    public static partial void DetoursNotLogged(this ILogger logger, long count, int limit);

    [LoggerMessage(3106, LogLevel.Error, "Message {MessageId} could not be sent to {Queue}; it goes back to its queue and comes again")]
    public static partial void NotSent(this ILogger logger, Exception exception, string? messageId, string queue);

    [LoggerMessage(3107, LogLevel.Warning, "Rejected message {MessageId} is not answered: its reply-to {Queue} is a queue of this system")]
    public static partial void NotAnswered(this ILogger logger, string? messageId, string queue);

    [LoggerMessage(3200, LogLevel.Warning, "Queue {Queue} takes no delayed messages for now, {MessageId} comes again in {Seconds:0.###} s")]
    public static partial void DelayedRefused(this ILogger logger, string queue, string? messageId, double seconds);

    [LoggerMessage(3202, LogLevel.Error, "The answer {MessageId} is dropped: {Queue}, where it is awaited, has taken nothing for too long, or is gone")]
    public static partial void AnswerGivenUp(this ILogger logger, string? messageId, string queue);

    [LoggerMessage(3201, LogLevel.Error, "Delayed message {MessageId} could not be sent on; it goes back to its queue and comes again")]
    public static partial void DelayedFailed(this ILogger logger, Exception exception, string? messageId);
}
