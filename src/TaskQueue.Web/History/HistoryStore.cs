using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>The history's database: what services have told of tasks, over restarts, within bounds of age and size.</summary>
/// <remarks>One caller writes. When the database cannot be written, nothing of that call is kept, and the next one opens it anew: a file that is gone or damaged is
/// replaced, one that is locked or has no room is waited for. Readers have connections of their own, see <see cref="Reader"/>.</remarks>
internal sealed class HistoryStore : IDisposable
{
    /// <summary>The name of the database.</summary>
    public const string FileName = "history.db";

    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    // Of one call: others wait to be written.
    private const int MostSteps = 20;

    private readonly string _path;
    private readonly HistoryOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private HistoryFile? _file;
    private HistoryWriter? _writer;
    private HistoryRetention? _retention;
    private long? _tidied;
    private bool _wasOpen;

    private HistoryStore(string path, HistoryOptions options, TimeProvider time, ILogger logger)
    {
        (_path, _options, _time, _logger) = (path, options, time, logger);
        Reader = new HistoryReader(path, time);
    }

    /// <summary>Reads it.</summary>
    public HistoryReader Reader { get; }

    /// <summary>What keeps it from being written, if anything does.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Opens it, or makes it.</summary>
    /// <param name="folder">The folder that it is in.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="ConfigurationException">It can never be used there.</exception>
    public static HistoryStore Open(string folder, HistoryOptions options, TimeProvider time, ILogger logger)
    {
        var store = new HistoryStore(Path.Combine(folder, FileName), options, time, logger);
        try
        {
            store.EnsureOpen();
            return store;
        }
        catch (SqliteException)
        {
            // Locked, or without room: that passes.
            return store;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            store.Dispose();
            throw new ConfigurationException($"[history] data_dir = {folder} cannot be used: {e.Message}");
        }
    }

    /// <summary>Writes batches, and lets go of what is too much then.</summary>
    /// <param name="batches">They; none for the letting go alone.</param>
    /// <returns>The message ids of tasks about which there is news; <see langword="null"/> when it could not be done: see <see cref="Trouble"/>.</returns>
    public IReadOnlyCollection<string>? TryWrite(IReadOnlyList<EventBatch> batches)
    {
        try
        {
            EnsureOpen();
            var touched = batches.Count > 0 ? _writer!.Write(batches) : [];
            LetGo();
            if (Trouble is not null)
            {
                _logger.HistoryWritten();
                Trouble = null;
            }

            return touched;
        }
        catch (SqliteException e)
        {
            Close();
            if (HistoryFile.IsDamage(e))
            {
                SetAside(e.Message);
            }

            Say(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Close();
            Say(e.Message);
        }

        return null;
    }

    public void Dispose()
    {
        Close();
        Reader.Dispose();
    }

    private void EnsureOpen()
    {
        if (_file is { IsInPlace: false })
        {
            _logger.HistoryGone(_path);
            Close();
        }

        if (_file is not null)
        {
            return;
        }

        var isNew = !File.Exists(_path);
        try
        {
            _file = HistoryFile.Open(_path, _options.MaxSizeBytes);
        }
        catch (SqliteException e) when (HistoryFile.IsDamage(e))
        {
            SetAside(e.Message);
            isNew = true;
            _file = HistoryFile.Open(_path, _options.MaxSizeBytes);
        }

        _writer = new HistoryWriter(_file.Connection);
        _retention = new HistoryRetention(_file, _options.Keep, _options.MaxSizeBytes);
        Reader.Renew();
        if (isNew && _wasOpen)
        {
            var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            _file.Run($"INSERT INTO gaps (reason, since, until) VALUES ('{GapReasons.Database}', 0, {now})");
        }

        _wasOpen = true;
    }

    private void LetGo()
    {
        var (file, retention, now) = (_file!, _retention!, _time.GetUtcNow());
        for (var step = 0; step < MostSteps && retention.Shrink(); step++)
        {
            // The next step.
        }

        if (_tidied is { } tidied && _time.GetElapsedTime(tidied) < TidyInterval)
        {
            return;
        }

        for (var step = 0; step < MostSteps; step++)
        {
            if (!retention.Age(now))
            {
                _tidied = _time.GetTimestamp();
                retention.Tidy(now);
                return;
            }
        }
    }

    private void SetAside(string reason)
    {
        Close();
        _wasOpen = true;
        _logger.HistoryDamaged(_path, reason, HistoryFile.SetAside(_path));
    }

    private void Close()
    {
        _writer?.Dispose();
        _retention?.Dispose();
        _file?.Dispose();
        (_writer, _retention, _file) = (null, null, null);
        Reader.Renew();
    }

    private void Say(string reason)
    {
        if (Trouble != reason)
        {
            Trouble = reason;
            _logger.HistoryNotWritten(_path, reason);
        }
    }
}
