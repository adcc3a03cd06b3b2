using Microsoft.Data.Sqlite;
using TaskQueue.Files;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>The backups that somebody waits for, one after the other.</summary>
internal sealed class Backups(SqliteConnection connection, StoreConnections connections) : IUpkeep, IDisposable
{
    private readonly Queue<Order> _orders = new();
    private OnlineBackup? _running;

    /// <summary>Begins one when those before are done.</summary>
    /// <param name="done">Ends when the copy is on the disk, or with what went wrong.</param>
    public void Add(string file, TaskCompletionSource done, CancellationToken cancellationToken) => _orders.Enqueue(new Order(file, done, cancellationToken));

    public TimeSpan Step(bool isIdle)
    {
        if (!_orders.TryPeek(out var order))
        {
            return Timeout.InfiniteTimeSpan;
        }

        try
        {
            order.CancellationToken.ThrowIfCancellationRequested();
            _running ??= new OnlineBackup(connection, connections, order.File);
            if (_running.Step())
            {
                End();
                order.Done.SetResult();
            }
        }
        catch (Exception e)
        {
            // A backup that fails is the matter of who wants it: messages go on.
            End();
            order.Done.SetException(e switch
            {
                SqliteException sqlite => sqlite.ToStoreException(order.File),
                OperationCanceledException => e,
                StoreException => e,
                IOException or UnauthorizedAccessException => new StoreException($"{order.File} {FileFault.Writing(order.File, e)}", e),
                _ => new StoreException(e.Message, e),
            });
        }

        return _orders.Count > 0 ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
    }

    /// <summary>Ends all of them without a copy.</summary>
    public void Abort(StoreException why)
    {
        while (_orders.TryPeek(out var order))
        {
            End();
            order.Done.SetException(why);
        }
    }

    public void Dispose() => Abort(new StoreException("The backup was not finished: the broker stops"));

    private void End()
    {
        _running?.Dispose();
        _running = null;
        _orders.Dequeue();
    }

    private sealed record Order(string File, TaskCompletionSource Done, CancellationToken CancellationToken);
}
