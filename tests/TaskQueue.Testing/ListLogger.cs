using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Testing;

/// <summary>Keeps what is logged.</summary>
public sealed class ListLogger : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    /// <summary>All lines so far.</summary>
    public IReadOnlyCollection<LogLine> Lines => _lines;

    /// <summary>Forgets all lines so far.</summary>
    public void Clear() => _lines.Clear();

    /// <summary>The lines with an event id.</summary>
    /// <param name="eventId">The id.</param>
    /// <returns>Them, oldest first.</returns>
    public IReadOnlyList<LogLine> Of(int eventId) => [.. _lines.Where(line => line.EventId == eventId)];

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        _lines.Enqueue(new LogLine(logLevel, eventId.Id, formatter(state, exception), exception));
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("It is the only provider itself.");

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing to free; the lines stay readable.
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', _lines);
}

/// <summary>A line of a log.</summary>
/// <param name="Level">Its level.</param>
/// <param name="EventId">Its event.</param>
/// <param name="Text">Its text.</param>
/// <param name="Exception">What was logged with it.</param>
public sealed record LogLine(LogLevel Level, int EventId, string Text, Exception? Exception);
