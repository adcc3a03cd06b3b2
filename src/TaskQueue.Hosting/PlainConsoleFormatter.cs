using System.Text;
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
        textWriter.Write(Tame(text));
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(": ");
            textWriter.Write(Tame(exception.ToString().ReplaceLineEndings(" | ")));
        }

        textWriter.Write('\n');
    }

    /// <summary>Message ids, reasons and errors are other people's text: a line end in them must not begin what looks like an entry,
    /// nor an escape sequence command the reader's terminal.</summary>
    internal static string Tame(string text)
    {
        if (!text.Any(c => char.IsControl(c) && c != '\t'))
        {
            return text;
        }

        var tame = new StringBuilder();
        foreach (var c in text)
        {
            _ = c switch
            {
                '\n' => tame.Append("\n    "),
                '\r' => tame,
                '\t' => tame.Append(c),
                _ when char.IsControl(c) => tame.Append('?'),
                _ => tame.Append(c),
            };
        }

        return tame.ToString();
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
