using Microsoft.Data.Sqlite;
using TaskQueue.Files;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>A store in one SQLite database.</summary>
/// <remarks>Three connections: one reads what is there at a start, one writes, one reads contents back; each on its own thread.</remarks>
internal sealed class SqliteMessageStore : IMessageStore
{
    private readonly SqliteStoreOptions _options;
    private readonly StoreConnections _connections;
    private StoreFile? _file;
    private StoreWriter? _writer;
    private ContentReader? _contents;
    private StoreThread? _reader;

    /// <summary>Touches nothing yet.</summary>
    public SqliteMessageStore(SqliteStoreOptions options)
    {
        _options = options with { File = DurableFile.Target(options.File) };
        _connections = new StoreConnections(_options);
    }

    /// <inheritdoc/>
    public StoredState Load()
    {
        if (_file is not null)
        {
            throw new InvalidOperationException("A store is loaded once.");
        }

        _file = StoreFile.Open(_options);
        try
        {
            var state = new StateReader(_connections, _options.File).Read();
            _contents = new ContentReader(_connections);
            _reader = new StoreThread("store reader");
            _writer = new StoreWriter(_options, _connections);
            return state;
        }
        catch (SqliteException e)
        {
            throw e.ToStoreException(_options.File);
        }
    }

    /// <inheritdoc/>
    public void Commit(StoreBatch batch, Action<Exception?> done) => Loaded(_writer).Commit(batch, done);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredContent?>> ReadAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        try
        {
            return await Loaded(_reader).Ask(() => _contents!.Read(ids, cancellationToken));
        }
        catch (SqliteException e)
        {
            throw e.ToStoreException(_options.File);
        }
    }

    /// <inheritdoc/>
    public Task BackupAsync(string file, CancellationToken cancellationToken) => Loaded(_writer).BackupAsync(Path.GetFullPath(file), cancellationToken);

    /// <summary>Writes what was handed over, and gives the file back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_reader is not null)
        {
            await _reader.DisposeAsync();
        }

        _contents?.Dispose();
        if (_writer is not null)
        {
            await _writer.DisposeAsync();
        }

        _file?.Dispose();
    }

    private static T Loaded<T>(T? part)
        where T : class => part ?? throw new InvalidOperationException("Load comes first.");
}
