using Microsoft.Extensions.Logging;

namespace TaskQueue.Standalone;

internal static partial class Log
{
    [LoggerMessage(7300, LogLevel.Information, "The taskqueue command finds this system with --config {File}, or in a shell after: export TASKQUEUE_CONFIG={File}")]
    public static partial void HowToReachIt(this ILogger logger, string file);
}
