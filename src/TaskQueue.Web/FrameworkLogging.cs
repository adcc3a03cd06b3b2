using Microsoft.Extensions.Logging;

namespace TaskQueue.Web;

/// <summary>The log without what the web framework tells of each request: warnings and errors of it alone.</summary>
/// <param name="whole">The log.</param>
internal sealed class FrameworkLogging(ILoggerFactory whole) : ILoggerFactory
{
    private const string OfFramework = "Microsoft.";

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith(OfFramework, StringComparison.Ordinal) ? new Warnings(whole.CreateLogger(categoryName)) : whole.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => whole.AddProvider(provider);

    // It belongs to whoever has made it.
    public void Dispose()
    {
    }

    private sealed class Warnings(ILogger all) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => all.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && all.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                all.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
