using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Reads contents back, on a connection of its own, so that a reader waits for no commit.</summary>
internal sealed class ContentReader : IDisposable
{
    // A transaction that reads keeps the write-ahead log from beginning anew.
    private const int MessagesAtOnce = 128;

    private const long BytesAtOnce = 8 << 20;

    private readonly SqliteConnection _connection;
    private readonly Statement _begin, _end, _content;

    public ContentReader(StoreConnections connections)
    {
        _connection = connections.OpenReader();
        _begin = new Statement(_connection, "BEGIN");
        _end = new Statement(_connection, "COMMIT");
        _content = new Statement(_connection, "SELECT exchange, routing_key, properties, body FROM content WHERE id = ?1");
    }

    /// <returns>In the order of <paramref name="ids"/>; null where it is not there any more.</returns>
    public IReadOnlyList<StoredContent?> Read(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        var contents = new List<StoredContent?>(ids.Count);
        while (contents.Count < ids.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadSome(ids, contents);
        }

        return contents;
    }

    public void Dispose()
    {
        _begin.Dispose();
        _end.Dispose();
        _content.Dispose();
        _connection.Dispose();
    }

    private void ReadSome(IReadOnlyList<long> ids, List<StoredContent?> contents)
    {
        var end = Math.Min(ids.Count, contents.Count + MessagesAtOnce);
        _begin.Run();
        try
        {
            for (var bytes = 0L; contents.Count < end && bytes < BytesAtOnce;)
            {
                var content = ReadOne(ids[contents.Count]);
                bytes += content?.Body.Length ?? 0;
                contents.Add(content);
            }
        }
        finally
        {
            _end.Run();
        }
    }

    private StoredContent? ReadOne(long id)
    {
        try
        {
            return _content.Bind(1, id).Step() ? new StoredContent(_content.Text(0), _content.Text(1), _content.Bytes(2), _content.Bytes(3)) : null;
        }
        finally
        {
            _content.Reset();
        }
    }
}
