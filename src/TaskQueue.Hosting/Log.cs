using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;

namespace TaskQueue.Hosting;

internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Critical, "{Problem}")]
    public static partial void BrokerRefused(this ILogger logger, string problem);

    [LoggerMessage(501, LogLevel.Critical, "{Problem}")]
    public static partial void ConfigurationWrong(this ILogger logger, string problem);

    [LoggerMessage(502, LogLevel.Critical, "An error of the service itself")]
    public static partial void Failed(this ILogger logger, Exception exception);

    [LoggerMessage(503, LogLevel.Warning, "{Warning}")]
    public static partial void ConfigurationWarning(this ILogger logger, string warning);

    [LoggerMessage(510, LogLevel.Warning, "Not listening on the exchange {Exchange}: {Reason}; the taskqueue command will not hear of this service")]
    public static partial void NotListening(this ILogger logger, string exchange, string reason);

    [LoggerMessage(511, LogLevel.Warning, "Request {CorrelationId} on the control exchange is ignored: expected a JSON object with \"command\", and reply-to")]
    public static partial void RequestMalformed(this ILogger logger, string? correlationId);

    [LoggerMessage(512, LogLevel.Warning, "Request {CorrelationId} on the control exchange could not be answered")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string? correlationId);

    [LoggerMessage(513, LogLevel.Debug, "The queue {Queue} could not be deleted; it deletes itself when it has been unused for a while")]
    public static partial void ControlQueueLeftBehind(this ILogger logger, Exception exception, string queue);

    [LoggerMessage(514, LogLevel.Debug, "Answering what is asked on the exchange {Exchange}")]
    public static partial void Listening(this ILogger logger, string exchange);

    [LoggerMessage(515, LogLevel.Information, "Told to {Command} by {By}{Arguments}")]
    public static partial void Steered(this ILogger logger, string command, string by, string arguments);

    [LoggerMessage(516, LogLevel.Warning,
        "Did not do what it was told ({Command}): that comes from \"{User}\", and not from the services' own user or one of [taskqueue] control_users; more such requests since the last such line: {More}")]
    public static partial void SteeringNotBelieved(this ILogger logger, string command, string user, long more);

    [LoggerMessage(520, LogLevel.Information, "Answering /metrics, /healthz and /readyz on http://{Address}")]
    public static partial void HttpListening(this ILogger logger, string address);

    [LoggerMessage(521, LogLevel.Error, "[http] {Key} = {Address} cannot be listened on: {Reason}; it is tried again every {Interval} s, and all else goes on. Two services on one host need two ports: dispatcher_listen and workerpool_listen")]
    public static partial void HttpFailed(this ILogger logger, string key, string address, string reason, double interval);

    [LoggerMessage(522, LogLevel.Error, "An HTTP request for {Path} failed")]
    public static partial void HttpRequestFailed(this ILogger logger, Exception exception, string path);

    [LoggerMessage(523, LogLevel.Information, "Sending metrics and traces to {Collector}")]
    public static partial void OtlpSending(this ILogger logger, Uri collector);

    [LoggerMessage(524, LogLevel.Warning, "The collector of [telemetry] otlp does not take what is sent to it, which is lost: {Reason}")]
    public static partial void OtlpFailed(this ILogger logger, string reason);

    [LoggerMessage(525, LogLevel.Debug, "The depths of queues could not be looked at")]
    public static partial void DepthsNotSeen(this ILogger logger, Exception exception);

    [LoggerMessage(526, LogLevel.Warning, "Changes of [http] and [telemetry] take effect when the service is restarted")]
    public static partial void MonitoringChangeNeedsRestart(this ILogger logger);

    [LoggerMessage(530, LogLevel.Warning, "systemd cannot be told anything by way of {Socket}: {Reason}")]
    public static partial void NotifyFailed(this ILogger logger, string socket, string reason);

    [LoggerMessage(534, LogLevel.Warning, "How the reload went cannot be written to {Path}, so whoever waits for that waits in vain: {Reason}")]
    public static partial void ReloadNoteFailed(this ILogger logger, string path, string reason);

    [LoggerMessage(531, LogLevel.Error, "Something of the service is stuck, and systemd is not told that it is alive until that is over: {Reasons}")]
    public static partial void Stuck(this ILogger logger, string reasons);

    [LoggerMessage(532, LogLevel.Information, "Nothing is stuck any more")]
    public static partial void NotStuckAnyMore(this ILogger logger);

    [LoggerMessage(533, LogLevel.Error, "Looking after the service failed; it is looked after again in a moment")]
    public static partial void LookFailed(this ILogger logger, Exception exception);

    [LoggerMessage(540, LogLevel.Error,
        "Message {MessageId} of {Queue} was set aside in {Target} as it came: {Reason}")]
    public static partial void SetAsideUnread(this ILogger logger, string? messageId, string queue, string target, string reason);

    [LoggerMessage(541, LogLevel.Warning, "Message {MessageId} could not be set aside as it came in {Target} ({Why}); trying again in {Seconds:0.#} s")]
    public static partial void NotSetAside(this ILogger logger, Exception? exception, string? messageId, string target, string why, double seconds);

    [LoggerMessage(542, LogLevel.Error,
        "More messages were set aside in {Target} as they came: {Count}; only {LinesPerSecond} a second are logged one by one")]
    public static partial void SetAsideNotLogged(this ILogger logger, long count, string target, int linesPerSecond);

    [LoggerMessage(543, LogLevel.Warning, "More lines like the next that were left out in the second before: {Count}; {LinesPerSecond} of a kind are written in a second")]
    public static partial void LinesNotWritten(this ILogger logger, long count, int linesPerSecond);

    public static void ConfigurationWarnings(this ILogger logger, TaskQueueConfiguration configuration)
    {
        foreach (var warning in configuration.Warnings)
        {
            logger.ConfigurationWarning(warning);
        }
    }

    [LoggerMessage(550, LogLevel.Debug, "What happens to tasks is told to the history from now on")]
    public static partial void EventsWanted(this ILogger logger);

    [LoggerMessage(551, LogLevel.Debug, "Nobody listens to what happens to tasks any more")]
    public static partial void EventsNotWanted(this ILogger logger);

    [LoggerMessage(552, LogLevel.Warning, "The history is not told what happens to tasks: {Reason}; it is tried again, and tasks go on without")]
    public static partial void EventsNotSent(this ILogger logger, string reason);
}
