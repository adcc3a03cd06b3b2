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

    [LoggerMessage(515, LogLevel.Information, "Told to {Command} by {By}: {Request}")]
    public static partial void Steered(this ILogger logger, string command, string by, string request);

    public static void ConfigurationWarnings(this ILogger logger, TaskQueueConfiguration configuration)
    {
        foreach (var warning in configuration.Warnings)
        {
            logger.ConfigurationWarning(warning);
        }
    }
}
