using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Web;

internal static partial class Log
{
    [LoggerMessage(7400, LogLevel.Information, "Listening on {Url}")]
    public static partial void Listening(this ILogger logger, string url);

    [LoggerMessage(7401, LogLevel.Warning, "What changed in [web], [history], [routes] or [notify:...] holds from the next start")]
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

    [LoggerMessage(7410, LogLevel.Information, "Keeping the history, from {Queue}")]
    public static partial void HistoryKept(this ILogger logger, string queue);

    [LoggerMessage(7411, LogLevel.Error, "The history hears nothing: {Queue} cannot be read: {Reason}; it is tried again")]
    public static partial void HistoryNotHeard(this ILogger logger, string queue, string reason);

    [LoggerMessage(7412, LogLevel.Error, "{Path} cannot be written: {Reason}; it is tried again, and until then the queue holds what fits")]
    public static partial void HistoryNotWritten(this ILogger logger, string path, string reason);

    [LoggerMessage(7413, LogLevel.Information, "The history is written again")]
    public static partial void HistoryWritten(this ILogger logger);

    [LoggerMessage(7414, LogLevel.Error, "{Path} is damaged ({Reason}); it is {Aside} now, and the history begins anew")]
    public static partial void HistoryDamaged(this ILogger logger, string path, string reason, string aside);

    [LoggerMessage(7415, LogLevel.Error, "{Path} is gone, or another file; the history goes on with what is there")]
    public static partial void HistoryGone(this ILogger logger, string path);

    [LoggerMessage(7416, LogLevel.Error, "Messages for the history that are left out: {Count}")]
    public static partial void HistoryFailed(this ILogger logger, Exception exception, int count);

    [LoggerMessage(7417, LogLevel.Warning, "Message {MessageId} for the history cannot be read and is left out")]
    public static partial void EventsUnreadable(this ILogger logger, string? messageId);

    [LoggerMessage(7420, LogLevel.Error, "The live part of a page could not be made; it is tried again")]
    public static partial void LiveFailed(this ILogger logger, Exception exception);

    [LoggerMessage(7421, LogLevel.Information, "{Who} logged in from {Address}")]
    public static partial void LoggedIn(this ILogger logger, string who, string address);

    [LoggerMessage(7422, LogLevel.Warning, "A login from {Address} failed: {Reason}")]
    public static partial void LoginFailed(this ILogger logger, string address, string reason);

    [LoggerMessage(7423, LogLevel.Error, "What {Who} did ({Action} {Target}) is not in the audit log: {Reason}")]
    public static partial void NotAudited(this ILogger logger, string who, string action, string target, string reason);

    [LoggerMessage(7424, LogLevel.Warning, "Sessions cannot be kept: {Reason}; whoever logs in has to do so again after a restart")]
    public static partial void SessionsNotKept(this ILogger logger, string reason);

    [LoggerMessage(7430, LogLevel.Warning, "[notify:{Name}] was not told: {Problem}; it is tried again at {Next:u}")]
    public static partial void NotTold(this ILogger logger, string name, string problem, DateTimeOffset next);

    [LoggerMessage(7431, LogLevel.Error, "[notify:{Name}] could not be told for a day, and will not be: {Problem}")]
    public static partial void NeverTold(this ILogger logger, string name, string problem);

    [LoggerMessage(7432, LogLevel.Warning, "Whether there is something to tell cannot be seen: {Reason}")]
    public static partial void NothingSeen(this ILogger logger, string reason);

    [LoggerMessage(7433, LogLevel.Warning, "What is to be told cannot be kept: {Reason}; after a restart it may be told again, or not at all")]
    public static partial void NotificationsNotKept(this ILogger logger, string reason);
}
