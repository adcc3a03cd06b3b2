using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging;

/// <summary>What this project logs: events 1000 to 1999.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Connected to {Host} ({Product} {Version})")]
    public static partial void Connected(this ILogger logger, string host, string product, string version);

    [LoggerMessage(1001, LogLevel.Warning, "The connection to {Host} ended: {Reason}; connecting again")]
    public static partial void ConnectionLost(this ILogger logger, string host, string reason);

    [LoggerMessage(1002, LogLevel.Warning, "No broker answers: {Reason}; trying again until one does")]
    public static partial void Unreachable(this ILogger logger, string reason);

    [LoggerMessage(1003, LogLevel.Information, "Connected to {Host} ({Product} {Version}) again, after {Seconds:0.0} s")]
    public static partial void ConnectedAgain(this ILogger logger, string host, string product, string version, double seconds);

    [LoggerMessage(1004, LogLevel.Warning, "The broker at {Host} takes no messages for now: {Reason}; publishing waits")]
    public static partial void Blocked(this ILogger logger, string host, string reason);

    [LoggerMessage(1005, LogLevel.Information, "The broker at {Host} takes messages again")]
    public static partial void Unblocked(this ILogger logger, string host);

    [LoggerMessage(1006, LogLevel.Debug, "Closing the connection to {Host} failed")]
    public static partial void CloseFailed(this ILogger logger, Exception exception, string host);

    [LoggerMessage(1007, LogLevel.Debug, "Still no broker answers: {Reason}")]
    public static partial void StillUnreachable(this ILogger logger, string reason);

    [LoggerMessage(1008, LogLevel.Error, "{Reason} Trying again until the broker accepts us")]
    public static partial void RefusedMeanwhile(this ILogger logger, string reason);

    [LoggerMessage(1009, LogLevel.Information,
        "Connection {Number} for consuming from {Host} is open: the broker allows {Channels} channels on each (channel_max)")]
    public static partial void ConnectionAdded(this ILogger logger, string host, int number, int channels);

    [LoggerMessage(1100, LogLevel.Information, "Queue {Queue} exists, and not as we would declare it; it is used as it is ({Reason})")]
    public static partial void QueueAdopted(this ILogger logger, string queue, string reason);

    [LoggerMessage(1102, LogLevel.Warning,
        "Queue {Queue} exists without our arguments: unless a policy says otherwise, the broker drops a message of it that has come back more than {Limit} times. "
        + "A policy mends that (rabbitmqctl set_policy --apply-to queues ... '{{\"delivery-limit\": -1}}'); taskqueue doctor has it in full")]
    public static partial void QueueDropsMessages(this ILogger logger, string queue, long limit);

    [LoggerMessage(1101, LogLevel.Warning, "The exchange {Exchange}, by which publishers reach {Queue} and nothing else, cannot be had: {Reason}; all else goes on")]
    public static partial void DoorClosed(this ILogger logger, string exchange, string queue, string reason);

    [LoggerMessage(1200, LogLevel.Warning,
        "The broker closed the publishing channel: {Reason}; messages that it had not confirmed: {Pending}; sending one at a time until the culprit is found")]
    public static partial void PublishingInterrupted(this ILogger logger, int pending, string reason);

    [LoggerMessage(1201, LogLevel.Warning, "The broker refuses message {MessageId} for {Queue}: {Reason}; more since the last such line: {More}")]
    public static partial void MessageRefused(this ILogger logger, string? messageId, string queue, string reason, int more);

    [LoggerMessage(1202, LogLevel.Error, "Handling what became of a published message failed")]
    public static partial void ListenerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1203, LogLevel.Debug, "The broker refuses messages; publishing goes on on a new channel, in case it is the channel's doing")]
    public static partial void PublishChannelRetired(this ILogger logger);

    [LoggerMessage(1204, LogLevel.Warning,
        "Message {MessageId} goes to {Queue} without its headers {Names}, which do not fit into a frame of the broker (frame_max); more such messages since the last such line: {More}")]
    public static partial void HeadersOmitted(this ILogger logger, string? messageId, string queue, string names, int more);

    [LoggerMessage(1205, LogLevel.Warning, "Messages that the broker has had for a minute or longer without an answer, though it answers others: {Count}. Their queues take nothing, as those without a leader do. They count as refused")]
    public static partial void PublishesOverdue(this ILogger logger, int count);

    [LoggerMessage(1300, LogLevel.Warning, "Consumers of {Queue} were interrupted: {Reason}; subscribing again until it succeeds")]
    public static partial void ConsumersInterrupted(this ILogger logger, string queue, string reason);

    [LoggerMessage(1301, LogLevel.Information, "Consumers of {Queue} are subscribed again, after {Seconds:0.0} s")]
    public static partial void ConsumersResumed(this ILogger logger, string queue, double seconds);

    [LoggerMessage(1302, LogLevel.Error, "Handling delivery {DeliveryTag} of {Queue} failed; it stays unsettled until it is given back")]
    public static partial void CallbackFailed(this ILogger logger, Exception exception, string queue, ulong deliveryTag);

    [LoggerMessage(1303, LogLevel.Debug, "Settling on a channel of {Queue} ended: {Reason}")]
    public static partial void SettlingEnded(this ILogger logger, string queue, string reason);

    [LoggerMessage(1304, LogLevel.Error,
        "A task of {Queue} was not settled within the broker's acknowledgement timeout, so the broker delivers it and all else that was held there "
        + "again: {Reason}. Subscribing again; to let tasks run longer, raise consumer_timeout in rabbitmq.conf, or from RabbitMQ 3.12 on for "
        + "this queue alone with a policy (consumer-timeout)")]
    public static partial void AckTimedOut(this ILogger logger, string queue, string reason);

    [LoggerMessage(1305, LogLevel.Warning,
        "The connection ended twice soon after the same messages of {Queue} had come; taking them one by one, to find the one that may be the cause")]
    public static partial void QuarantineBegan(this ILogger logger, string queue);

    [LoggerMessage(1306, LogLevel.Information, "The connection lasts; taking messages of {Queue} as fast as they come again")]
    public static partial void QuarantineEnded(this ILogger logger, string queue);

    [LoggerMessage(1310, LogLevel.Warning, "{What} has made no progress for {Seconds:0} s: {Reason}; going on on a new channel, and if need be on a new connection")]
    public static partial void NoProgress(this ILogger logger, string what, string reason, double seconds);

    [LoggerMessage(1311, LogLevel.Error,
        "{What} has made no progress for {Seconds:0} s, on a new connection neither: {Reason}; reporting the broker as unhealthy, look at its log and at the queue there")]
    public static partial void StillNoProgress(this ILogger logger, string what, string reason, double seconds);

    [LoggerMessage(1312, LogLevel.Information, "{What} makes progress again, after {Seconds:0.0} s")]
    public static partial void ProgressAgain(this ILogger logger, string what, double seconds);

    [LoggerMessage(1313, LogLevel.Error, "Looking for progress failed; the next look follows")]
    public static partial void LookFailed(this ILogger logger, Exception exception);
}
