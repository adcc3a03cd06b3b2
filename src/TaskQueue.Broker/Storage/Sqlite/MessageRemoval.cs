using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Removes messages with their contents.</summary>
internal sealed class MessageRemoval(SqliteConnection connection) : IDisposable
{
    private readonly Statement _message = new(connection, "DELETE FROM message WHERE id = ?1");
    private readonly Statement _content = new(connection, "DELETE FROM content WHERE id = ?1");

    /// <summary>Removes them within the transaction that is open. One that is not there is passed over.</summary>
    public void Run(List<long> ids)
    {
        foreach (var id in ids)
        {
            _message.Bind(1, id).Run();
            _content.Bind(1, id).Run();
        }
    }

    public void Dispose()
    {
        _message.Dispose();
        _content.Dispose();
    }
}
