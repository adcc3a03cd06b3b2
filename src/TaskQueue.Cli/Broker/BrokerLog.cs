using Microsoft.Extensions.Logging;

namespace TaskQueue.Cli.Broker;

/// <summary>Warnings of the connection: kept while it is being made, for the error message; shown from then on.</summary>
internal sealed class BrokerLog(TextWriter error) : ILoggerFactory, ILogger
{
    private const string RefusalEvent = "MessageRefused";

    private volatile bool _follows;

    /// <summary>The reason of the latest warning before the connection was made.</summary>
    public string? LastReason { get; private set; }

    /// <summary>Shows warnings from now on.</summary>
    public void Follow() => _follows = true;

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception) + (exception is null ? "" : $": {exception.Message}");

        // No service has ever run there, or a message was refused: whoever asked or published says that better.
        if (!IsEnabled(logLevel) || line.Contains("no exchange", StringComparison.Ordinal) || eventId.Name == RefusalEvent)
        {
            return;
        }

        if (_follows)
        {
            error.WriteLine($"taskqueue: {line}");
        }
        else
        {
            // The whole line promises to try again, which is no longer so when it is shown.
            LastReason = (state as IReadOnlyList<KeyValuePair<string, object?>>)?.FirstOrDefault(field => field.Key == "Reason").Value?.ToString() ?? line;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("One place for the log is enough.");

    public void Dispose()
    {
        // Standard error is not ours to close.
    }
}
