using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Reads what an earlier broker left.</summary>
internal sealed class StateReader(StoreConnections connections, string file)
{
    /// <exception cref="StoreException">The file is damaged; so it may turn out while the messages are enumerated, too.</exception>
    public StoredState Read()
    {
        try
        {
            using var connection = connections.OpenReader();
            List<TopologyChange> topology = [.. Exchanges(connection), .. Queues(connection), .. Bindings(connection)];
            var queues = topology.OfType<TopologyChange.QueueDeclared>().Select(queue => queue.Number).ToHashSet();
            return new StoredState(topology, Messages(queues))
            {
                LastQueue = (int)connection.Number("SELECT max(number) FROM queue"),
                LastId = connection.Number("SELECT max(id) FROM message"),
            };
        }
        catch (SqliteException e)
        {
            throw e.ToStoreException(file);
        }
    }

    private static IEnumerable<TopologyChange> Exchanges(SqliteConnection connection)
    {
        using var rows = new Statement(connection, "SELECT name, type, auto_delete, internal, arguments FROM exchange");
        while (rows.Step())
        {
            yield return new TopologyChange.ExchangeDeclared(rows.Text(0), rows.Text(1), rows.Number(2) != 0, rows.Number(3) != 0, rows.Bytes(4));
        }
    }

    private static IEnumerable<TopologyChange> Queues(SqliteConnection connection)
    {
        using var rows = new Statement(connection, "SELECT number, name, auto_delete, arguments FROM queue WHERE NOT deleted ORDER BY number");
        while (rows.Step())
        {
            yield return new TopologyChange.QueueDeclared((int)rows.Number(0), rows.Text(1), rows.Number(2) != 0, rows.Bytes(3));
        }
    }

    private static IEnumerable<TopologyChange> Bindings(SqliteConnection connection)
    {
        using var rows = new Statement(connection, "SELECT exchange, queue, routing_key, arguments FROM binding");
        while (rows.Step())
        {
            yield return new TopologyChange.Bound(rows.Text(0), (int)rows.Number(1), rows.Text(2), rows.Bytes(3));
        }
    }

    private IEnumerable<StoredEntry> Messages(HashSet<int> queues)
    {
        using var connection = connections.OpenReader();
        using var rows = new Statement(connection, "SELECT id, queue, bytes, priority, expires_at, delivery_count, redelivered FROM message ORDER BY id");
        while (HasNext(rows))
        {
            var queue = (int)rows.Number(1);
            if (queues.Contains(queue))
            {
                yield return new StoredEntry(
                    rows.Number(0),
                    queue,
                    (int)rows.Number(2),
                    (byte)rows.Number(3),
                    rows.IsNull(4) ? null : rows.Number(4),
                    (int)rows.Number(5),
                    rows.Number(6) != 0);
            }
        }
    }

    private bool HasNext(Statement rows)
    {
        try
        {
            return rows.Step();
        }
        catch (SqliteException e)
        {
            throw e.ToStoreException(file);
        }
    }
}
