namespace TaskQueue.Web.Pages;

/// <summary>Something that takes time to find out, found out once for all who ask in the same moment.</summary>
/// <typeparam name="T">What it is.</typeparam>
/// <param name="load">Finds it out, in bounded time.</param>
/// <param name="kept">For how long it counts as new.</param>
/// <param name="time">The clock.</param>
internal sealed class Fresh<T>(Func<Task<T>> load, TimeSpan kept, TimeProvider time)
{
    // For what is known, and when it came to be so.
    private readonly Lock _lock = new();
    private Task<T>? _latest;
    private long _loaded;

    /// <summary>What is known of it, or will be in a moment.</summary>
    public Task<T> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_latest is null || (_latest.IsCompleted && (!_latest.IsCompletedSuccessfully || time.GetElapsedTime(_loaded) > kept)))
            {
                _latest = LoadAsync();
            }

            return _latest.WaitAsync(cancellationToken);
        }
    }

    private async Task<T> LoadAsync()
    {
        // Not under the lock of whoever asked.
        await Task.Yield();
        try
        {
            return await load();
        }
        finally
        {
            lock (_lock)
            {
                _loaded = time.GetTimestamp();
            }
        }
    }
}
