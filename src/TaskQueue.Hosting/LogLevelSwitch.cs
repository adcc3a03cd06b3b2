using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace TaskQueue.Hosting;

/// <summary>The least severe entries that are logged, which can be changed while a service runs.</summary>
/// <remarks>Loggers keep the level at hand and hear of a change, so that asking whether something is logged costs as little as with a fixed one.</remarks>
public sealed class LogLevelSwitch : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private volatile CancellationTokenSource _changed = new();
    private volatile LogLevel _level;

    /// <summary>A switch.</summary>
    /// <param name="level">The level it begins with.</param>
    public LogLevelSwitch(LogLevel level) => _level = level;

    /// <summary>The level at the moment.</summary>
    public LogLevel Level => _level;

    string? IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Options.DefaultName;

    /// <summary>Changes it.</summary>
    /// <param name="level">The new level.</param>
    public void Set(LogLevel level)
    {
        if (level == _level)
        {
            return;
        }

        _level = level;
        using var before = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
        before.Cancel();
    }

    /// <inheritdoc/>
    public void Configure(LoggerFilterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.MinLevel = _level;
    }

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();
}
