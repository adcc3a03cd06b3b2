using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>The one connection that writes and checkpoints, on a thread of its own.</summary>
/// <remarks>
/// After an error other than a full disk nothing is written any more: when the kernel could not write a page, it may
/// drop it and say the next time that all is well, so that only a new start finds out what is on the disk.
/// </remarks>
internal sealed class StoreWriter : IAsyncDisposable
{
    private readonly SqliteStoreOptions _options;
    private readonly SqliteConnection _connection;
    private readonly BatchWriter _batches;
    private readonly DeletedQueues _deletedQueues;
    private readonly FreePages _freePages;
    private readonly Backups _backups;
    private readonly WriteAheadLog _log;
    private readonly DriveInfo _disk;
    private readonly StoreThread _thread;
    private StoreException? _failure;

    /// <exception cref="SqliteException">The database cannot be written to.</exception>
    public StoreWriter(SqliteStoreOptions options, StoreConnections connections)
    {
        _options = options;
        _connection = connections.OpenWriter();
        _batches = new BatchWriter(_connection);
        _deletedQueues = new DeletedQueues(_connection);
        _freePages = new FreePages(_connection, options);
        _backups = new Backups(_connection, connections);
        _log = new WriteAheadLog(_connection, options);
        _disk = new DriveInfo(Path.GetDirectoryName(options.File)!);
        _thread = new StoreThread("store writer", Tidy);
    }

    /// <inheritdoc cref="IMessageStore.Commit"/>
    public void Commit(StoreBatch batch, Action<Exception?> done) => _thread.Post(() => done(Write(batch)));

    /// <inheritdoc cref="IMessageStore.BackupAsync"/>
    public Task BackupAsync(string file, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _thread.Post(() => _backups.Add(file, done, cancellationToken));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _thread.DisposeAsync();
        _backups.Dispose();
        EmptyLog();
        _batches.Dispose();
        _deletedQueues.Dispose();
        _freePages.Dispose();
        _connection.Dispose();
    }

    private StoreException? Write(StoreBatch batch)
    {
        if (_failure is not null)
        {
            return _failure;
        }

        try
        {
            RequireRoom(batch);
            _batches.Write(batch);
            if (batch.Topology.Exists(change => change is TopologyChange.QueueDeleted))
            {
                _deletedQueues.Announce();
            }

            return null;
        }
        catch (StoreFullException e)
        {
            return e;
        }
        catch (Exception e)
        {
            return Fail(e);
        }
    }

    // What adds nothing is written even so: that is how room comes back.
    private void RequireRoom(StoreBatch batch)
    {
        if (batch.Added.Count > 0 && _disk.AvailableFreeSpace is var room && room < _options.DiskFreeLimit && room + _freePages.Bytes < _options.DiskFreeLimit)
        {
            throw new StoreFullException($"{_options.File}: {room} bytes are free on its disk, and disk_free_limit is {_options.DiskFreeLimit}");
        }
    }

    private TimeSpan Tidy(TimeSpan sinceWork)
    {
        if (_failure is not null)
        {
            _backups.Abort(_failure);
            return Timeout.InfiniteTimeSpan;
        }

        try
        {
            var isIdle = sinceWork >= _options.IdleDelay;
            var next = Sooner(_backups.Step(isIdle), Sooner(_deletedQueues.Step(isIdle), _freePages.Step(isIdle)));

            // The log last: while there is more to write, it is not done.
            return Sooner(next, _log.Step(isIdle && next != TimeSpan.Zero));
        }
        catch (Exception e)
        {
            // A disk that is full may have room later; the next commit says everything else.
            return Fail(e) is StoreFullException ? _options.IdleDelay : TimeSpan.Zero;
        }
    }

    private StoreException Fail(Exception cause)
    {
        var failure = cause is SqliteException sqlite ? sqlite.ToStoreException(_options.File) : new StoreException($"{_options.File}: {cause.Message}", cause);
        if (failure is not StoreFullException)
        {
            _failure = failure;
        }

        return failure;
    }

    private void EmptyLog()
    {
        if (_failure is null)
        {
            try
            {
                WriteAheadLog.Empty(_connection);
            }
            catch (SqliteException e)
            {
                // Everything is in the log, from which the next start takes it.
                Fail(e);
            }
        }
    }

    private static TimeSpan Sooner(TimeSpan one, TimeSpan other) =>
        one == Timeout.InfiniteTimeSpan ? other : other == Timeout.InfiniteTimeSpan || one < other ? one : other;
}
