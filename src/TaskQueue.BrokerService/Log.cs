using Microsoft.Extensions.Logging;

namespace TaskQueue.BrokerService;

internal static partial class Log
{
    [LoggerMessage(7201, LogLevel.Information, "There were no users: the user \"{User}\" was made, whose password is in {File}")]
    public static partial void FirstUserMade(this ILogger logger, string user, string file);

    [LoggerMessage(7202, LogLevel.Warning, "[broker] has changed: that takes effect when the broker is started again")]
    public static partial void BrokerChangeNeedsRestart(this ILogger logger);

    [LoggerMessage(7203, LogLevel.Error, "The configuration is not used, the one from before stays in force: {Problems}")]
    public static partial void ReloadRefused(this ILogger logger, string problems);
}
