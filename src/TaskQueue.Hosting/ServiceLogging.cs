using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using TaskQueue.Configuration;

namespace TaskQueue.Hosting;

/// <summary>The log of a service: standard error, in the form that suits who reads it.</summary>
public static class ServiceLogging
{
    // Long enough for a burst; beyond it lines are dropped (and counted by the framework) rather than tasks delayed.
    private const int MaxQueuedLines = 10_000;

    /// <summary>Makes the log.</summary>
    /// <param name="options"><c>log_format</c> and <c>log_level</c>. The automatic format is journald's under systemd
    /// (<see href="https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html">priority prefixes</see>), plain lines elsewhere.</param>
    /// <param name="level">The level, to be changed while it runs.</param>
    /// <returns>The factory; disposing of it writes what is queued.</returns>
    public static ILoggerFactory Create(ServiceOptions options, LogLevelSwitch level)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(level);
        return LoggerFactory.Create(logging =>
        {
            logging.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(level);
            logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(level);
            logging.AddConsoleFormatter<PlainConsoleFormatter, ConsoleFormatterOptions>();
            logging.AddConsole();
            logging.Services.Configure<ConsoleLoggerOptions>(console =>
            {
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                console.FormatterName = FormatterName(options.LogFormat);
                console.MaxQueueLength = MaxQueuedLines;
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            });
            logging.Services.Configure<JsonConsoleFormatterOptions>(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        });
    }

    private static string FormatterName(LogFormat format) => format switch
    {
        LogFormat.Json => ConsoleFormatterNames.Json,
        LogFormat.Systemd => ConsoleFormatterNames.Systemd,
        LogFormat.Plain => PlainConsoleFormatter.FormatterName,
        _ => Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 }
            ? ConsoleFormatterNames.Systemd
            : PlainConsoleFormatter.FormatterName,
    };
}
