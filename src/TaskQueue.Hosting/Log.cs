using Microsoft.Extensions.Logging;

namespace TaskQueue.Hosting;

internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Critical, "{Problem}")]
    public static partial void BrokerRefused(this ILogger logger, string problem);

    [LoggerMessage(501, LogLevel.Critical, "{Problem}")]
    public static partial void ConfigurationWrong(this ILogger logger, string problem);

    [LoggerMessage(502, LogLevel.Critical, "An error of the service itself")]
    public static partial void Failed(this ILogger logger, Exception exception);
}
