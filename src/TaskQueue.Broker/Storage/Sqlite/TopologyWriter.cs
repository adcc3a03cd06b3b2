using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Writes exchanges, queues and bindings. Declaring or binding what is there already changes nothing.</summary>
internal sealed class TopologyWriter(SqliteConnection connection) : IDisposable
{
    private readonly Statement _declareExchange = new(connection, "INSERT OR REPLACE INTO exchange VALUES (?1, ?2, ?3, ?4, ?5)");
    private readonly Statement _deleteExchange = new(connection, "DELETE FROM exchange WHERE name = ?1");
    private readonly Statement _unbindExchange = new(connection, "DELETE FROM binding WHERE exchange = ?1");
    private readonly Statement _declareQueue = new(connection, "INSERT INTO queue(number, name, auto_delete, arguments) VALUES (?1, ?2, ?3, ?4)");
    private readonly Statement _deleteQueue = new(connection, "UPDATE queue SET deleted = 1 WHERE number = ?1");
    private readonly Statement _unbindQueue = new(connection, "DELETE FROM binding WHERE queue = ?1");
    private readonly Statement _bind = new(connection, "INSERT OR IGNORE INTO binding VALUES (?1, ?2, ?3, ?4)");
    private readonly Statement _unbind = new(connection, "DELETE FROM binding WHERE queue = ?1 AND exchange = ?2 AND routing_key = ?3 AND arguments = ?4");

    /// <summary>Writes one change within the transaction that is open.</summary>
    public void Write(TopologyChange change)
    {
        switch (change)
        {
            case TopologyChange.ExchangeDeclared exchange:
                _declareExchange.Bind(1, exchange.Name).Bind(2, exchange.Type).Bind(3, exchange.AutoDelete).Bind(4, exchange.Internal).Bind(5, exchange.Arguments.Span).Run();
                break;
            case TopologyChange.ExchangeDeleted exchange:
                _unbindExchange.Bind(1, exchange.Name).Run();
                _deleteExchange.Bind(1, exchange.Name).Run();
                break;
            case TopologyChange.QueueDeclared queue:
                _declareQueue.Bind(1, queue.Number).Bind(2, queue.Name).Bind(3, queue.AutoDelete).Bind(4, queue.Arguments.Span).Run();
                break;
            case TopologyChange.QueueDeleted queue:
                _unbindQueue.Bind(1, queue.Number).Run();
                _deleteQueue.Bind(1, queue.Number).Run();
                break;
            case TopologyChange.Bound binding:
                _bind.Bind(1, binding.Queue).Bind(2, binding.Exchange).Bind(3, binding.RoutingKey).Bind(4, binding.Arguments.Span).Run();
                break;
            case TopologyChange.Unbound binding:
                _unbind.Bind(1, binding.Queue).Bind(2, binding.Exchange).Bind(3, binding.RoutingKey).Bind(4, binding.Arguments.Span).Run();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change), change, message: null);
        }
    }

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_declareExchange, _deleteExchange, _unbindExchange, _declareQueue, _deleteQueue, _unbindQueue, _bind, _unbind])
        {
            statement.Dispose();
        }
    }
}
