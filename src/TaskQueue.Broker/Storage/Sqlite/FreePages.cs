using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Gives pages back to the disk that a backlog has left behind.</summary>
internal sealed class FreePages(SqliteConnection connection, SqliteStoreOptions options) : IUpkeep, IDisposable
{
    // One MiB: some milliseconds, and as much in the log.
    private const int PagesAtOnce = 256;

    private const int PageBytes = 4096;

    private readonly Statement _count = new(connection, "PRAGMA freelist_count");
    private readonly Statement _release = new(connection, $"PRAGMA incremental_vacuum({PagesAtOnce})");

    // Begins when there is twice of what stays, so that a queue that breathes does not shrink and grow the file all day.
    private bool _isReleasing;

    /// <summary>What new messages can be written to without asking the disk.</summary>
    public long Bytes => _count.RunForNumber() * PageBytes;

    public TimeSpan Step(bool isIdle)
    {
        if (!isIdle)
        {
            return options.IdleDelay;
        }

        var free = _count.RunForNumber();
        _isReleasing = free > (_isReleasing ? options.KeptFreePages : 2L * options.KeptFreePages);
        if (!_isReleasing)
        {
            return Timeout.InfiniteTimeSpan;
        }

        _release.Run();
        return TimeSpan.Zero;
    }

    public void Dispose()
    {
        _count.Dispose();
        _release.Dispose();
    }
}
