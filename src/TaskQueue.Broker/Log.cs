using Microsoft.Extensions.Logging;

namespace TaskQueue.Broker;

internal static partial class Log
{
    [LoggerMessage(7001, LogLevel.Critical, "The broker cannot go on, and confirms nothing any more")]
    public static partial void BrokerFailed(this ILogger logger, Exception error);

    [LoggerMessage(7002, LogLevel.Warning, "Publishers are held back: {Reason}")]
    public static partial void PublishersHeld(this ILogger logger, string reason);

    [LoggerMessage(7011, LogLevel.Information, "Publishers may go on")]
    public static partial void PublishersReleased(this ILogger logger);

    [LoggerMessage(EventId = 7003, Message = "Connection {Connection} of \"{User}\" was closed: {Reason}")]
    public static partial void ConnectionClosed(this ILogger logger, LogLevel level, string connection, string user, string reason);

    [LoggerMessage(EventId = 7004, Message = "Channel {Channel} of connection {Connection} was closed: {Reason}")]
    public static partial void ChannelClosed(this ILogger logger, LogLevel level, int channel, string connection, string reason);

    [LoggerMessage(7005, LogLevel.Warning, "Connection {Connection}: login of '{User}' refused")]
    public static partial void LoginRefused(this ILogger logger, string connection, string user);

    [LoggerMessage(7006, LogLevel.Warning, "A connection from {Connection} is ended: it has not logged in, and {Count} newer ones have not either")]
    public static partial void TooManyStrangers(this ILogger logger, string connection, int count);

    [LoggerMessage(7007, LogLevel.Debug, "Connection {Connection} ended: {Reason}")]
    public static partial void ConnectionEnded(this ILogger logger, string connection, string reason);

    [LoggerMessage(7008, LogLevel.Information, "Listening on {Endpoint}")]
    public static partial void Listening(this ILogger logger, string endpoint);

    [LoggerMessage(7009, LogLevel.Error, "Connections cannot be taken on {Endpoint}; trying again")]
    public static partial void AcceptFailed(this ILogger logger, string endpoint, Exception error);

    [LoggerMessage(7010, LogLevel.Error, "Connection {Connection}: {Method} failed")]
    public static partial void CommandFailed(this ILogger logger, string connection, string method, Exception error);

    [LoggerMessage(7012, LogLevel.Warning, "There is no {Path}, so that taskqueue broker backup and queues do not reach this broker: {Reason}")]
    public static partial void NoAdministration(this ILogger logger, string path, string reason);

    [LoggerMessage(7013, LogLevel.Information, "A backup was written to {File}")]
    public static partial void BackedUp(this ILogger logger, string file);

    [LoggerMessage(7014, LogLevel.Warning, "A request to the broker's own socket could not be answered")]
    public static partial void AdministrationFailed(this ILogger logger, Exception error);
}
