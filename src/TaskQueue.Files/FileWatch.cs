namespace TaskQueue.Files;

/// <summary>Looks whether a file has changed, once a second and when it is asked, and has it read again then.</summary>
/// <remarks>Made before the file is read for the first time: what changes in between is seen by the next look.</remarks>
/// <param name="path">The file.</param>
public sealed class FileWatch(string path) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Held while the file is looked at and read.
    private readonly Lock _looking = new();
    private FileStatus? _status = StatusOf(path);
    private Action? _changed;
    private ITimer? _timer;

    /// <summary>Begins to look.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Reads the file again; it must not throw.</param>
    public void Start(TimeProvider time, Action changed)
    {
        ArgumentNullException.ThrowIfNull(time);
        _changed = changed;
        _timer = time.CreateTimer(_ => Look(), state: null, Interval, Interval);
    }

    /// <summary>Looks now, and waits for the reading of somebody else who looks.</summary>
    public void Look()
    {
        lock (_looking)
        {
            var status = StatusOf(path);
            if (status != _status)
            {
                _status = status;
                _changed?.Invoke();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private static FileStatus? StatusOf(string path)
    {
        try
        {
            return FileStatus.Of(path);
        }
        catch (IOException)
        {
            // Reading it will say what is wrong.
            return null;
        }
    }
}
