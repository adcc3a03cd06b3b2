using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Hosting;

/// <summary>Writes so many lines of a kind in a second, for code that has a line for each message: whoever may publish must not fill the disk with it.</summary>
/// <remarks>What a reader asks for by the level <see cref="LogLevel.Debug"/> or <see cref="LogLevel.Trace"/> is written whole. May be used from several threads.</remarks>
/// <typeparam name="T">Whose lines they are.</typeparam>
/// <param name="logger">Where they go.</param>
/// <param name="linesPerSecond">The most lines of one event id in a second.</param>
/// <param name="time">The clock.</param>
public sealed class BoundedLogger<T>(ILogger<T> logger, int linesPerSecond, TimeProvider time) : ILogger<T>
{
    private readonly ConcurrentDictionary<int, LineAllowance> _allowances = new();

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel < LogLevel.Information || MayWrite(eventId.Id))
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    private bool MayWrite(int kind)
    {
        var mayWrite = _allowances.GetOrAdd(kind, static (_, owner) => owner.NewAllowance(), this).TryTake(out var dropped);
        if (dropped > 0)
        {
            logger.LinesNotWritten(dropped, linesPerSecond);
        }

        return mayWrite;
    }

    private LineAllowance NewAllowance() => new(linesPerSecond, time);
}
