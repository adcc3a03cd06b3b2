using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using TaskQueue.Messaging;

namespace TaskQueue.Hosting;

/// <summary>One line per entry, for people: time, level, text. On a terminal, where one sees it come, the time of day is enough; in a file it has its date and offset.</summary>
internal sealed class PlainConsoleFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "taskqueue-plain";

    private static readonly string TimeForm = TimeFormOf(isTerminal: !Console.IsErrorRedirected);

    /// <summary>How times are written.</summary>
    /// <param name="isTerminal">Whether somebody sees the log come.</param>
    internal static string TimeFormOf(bool isTerminal) => isTerminal ? "HH:mm:ss.fff " : "yyyy-MM-dd HH:mm:ss.fffzzz ";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(TimeProvider.System.GetLocalNow().ToString(TimeForm, CultureInfo.InvariantCulture));
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
        if (!text.Any(c => ForeignText.IsHarmful(c) && c != '\t'))
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
                _ when ForeignText.IsHarmful(c) => tame.Append('?'),
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
