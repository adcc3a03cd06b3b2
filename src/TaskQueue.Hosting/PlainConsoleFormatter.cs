using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace TaskQueue.Hosting;

/// <summary>One line per entry, for people: time of day, level, text.</summary>
internal sealed class PlainConsoleFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "taskqueue-plain";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(TimeProvider.System.GetLocalNow().ToString("HH:mm:ss.fff "));
        textWriter.Write(Label(logEntry.LogLevel));
        textWriter.Write(text);
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(": ");
            textWriter.Write(exception.ToString().ReplaceLineEndings(" | "));
        }

        textWriter.Write('\n');
    }

    private static string Label(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug ",
        LogLevel.Information => "info  ",
        LogLevel.Warning => "warn  ",
        LogLevel.Error => "error ",
        _ => "fatal ",
    };
}
