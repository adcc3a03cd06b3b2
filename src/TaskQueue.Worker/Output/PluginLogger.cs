using Microsoft.Extensions.Logging;

namespace TaskQueue.Worker.Output;

/// <summary>The logger that plugins get: entries become lines of the pool's log, which decides what is kept.</summary>
/// <param name="output">Where lines go.</param>
internal sealed class PluginLogger(TaskOutput output) : ILogger
{
    // An exception with its stack fits; a document that somebody logs does not.
    private const int MaxEntryLength = 64 * 1024;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Debug and < LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        if (exception is not null)
        {
            text = $"{text}\n{exception}";
        }

        output.Write(logLevel, Text.Bound(text, MaxEntryLength));
    }
}
