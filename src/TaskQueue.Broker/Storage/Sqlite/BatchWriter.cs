using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Writes a batch in one transaction.</summary>
internal sealed class BatchWriter(SqliteConnection connection) : IDisposable
{
    private readonly Transaction _transaction = new(connection);
    private readonly TopologyWriter _topology = new(connection);
    private readonly MessageRemoval _removal = new(connection);
    private readonly Statement _addMessage = new(connection, "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    private readonly Statement _addContent = new(connection, "INSERT INTO content VALUES (?1, ?2, ?3, ?4, ?5)");
    private readonly Statement _changeMessage = new(connection, "UPDATE message SET delivery_count = ?2, redelivered = ?3 WHERE id = ?1");

    /// <exception cref="SqliteException">Nothing was written.</exception>
    public void Write(StoreBatch batch) => _transaction.Run(() =>
    {
        batch.Topology.ForEach(_topology.Write);
        batch.Added.ForEach(Add);
        batch.Changed.ForEach(Change);
        _removal.Run(batch.Removed);
    });

    public void Dispose()
    {
        _transaction.Dispose();
        _topology.Dispose();
        _removal.Dispose();
        _addMessage.Dispose();
        _addContent.Dispose();
        _changeMessage.Dispose();
    }

    private void Add(StoredMessage message)
    {
        var (entry, content) = message;
        _addMessage.Bind(1, entry.Id).Bind(2, entry.Queue).Bind(3, entry.Bytes).Bind(4, entry.Priority).Bind(5, entry.ExpiresAt)
            .Bind(6, entry.DeliveryCount).Bind(7, entry.Redelivered).Run();
        _addContent.Bind(1, entry.Id).Bind(2, content.Exchange).Bind(3, content.RoutingKey).Bind(4, content.Properties.Span).Bind(5, content.Body.Span).Run();
    }

    private void Change(MessageChange change) => _changeMessage.Bind(1, change.Id).Bind(2, change.DeliveryCount).Bind(3, change.Redelivered).Run();
}
