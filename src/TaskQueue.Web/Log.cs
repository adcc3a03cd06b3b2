using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Web;

internal static partial class Log
{
    [LoggerMessage(7400, LogLevel.Information, "Listening on {Url}")]
    public static partial void Listening(this ILogger logger, string url);

    [LoggerMessage(7401, LogLevel.Warning, "What changed in [web] or [routes] holds from the next start")]
    public static partial void WebChangeNeedsRestart(this ILogger logger);

    [LoggerMessage(7402, LogLevel.Error, "The configuration stays as it is: {Problem}")]
    public static partial void ReloadRefused(this ILogger logger, string problem);

    [LoggerMessage(7403, LogLevel.Error, "A request to {Path} failed")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, PathString path);

    [LoggerMessage(7404, LogLevel.Information, "Tokens read from {Path}: {Count}")]
    public static partial void TokensRead(this ILogger logger, string path, int count);

    [LoggerMessage(7405, LogLevel.Error, "The tokens stay as they were: {Problem}")]
    public static partial void TokensRefused(this ILogger logger, string problem);

    [LoggerMessage(7406, LogLevel.Warning, "The key of task {Id} could not be kept, so a repetition of its request is another task with the same id: {Reason}")]
    public static partial void KeyNotKept(this ILogger logger, string id, string reason);
}
