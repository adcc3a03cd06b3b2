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

    public static void ConfigurationWarnings(this ILogger logger, TaskQueueConfiguration configuration)
    {
        foreach (var warning in configuration.Warnings)
        {
            logger.ConfigurationWarning(warning);
        }
    }
}
