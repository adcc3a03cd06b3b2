using Microsoft.Extensions.Logging;

namespace TaskQueue.Broker;

/// <summary>What happens to the users' file.</summary>
internal static partial class Log
{
    [LoggerMessage(7100, LogLevel.Information, "{File} has changed; users who may log in: {Count}")]
    public static partial void UsersRead(this ILogger logger, string file, int count);

    [LoggerMessage(7101, LogLevel.Error, "The changed users are not used, those from before stay in force:\n{Problems}")]
    public static partial void UsersRefused(this ILogger logger, string problems);
}
