namespace TaskQueue.Broker.Storage;

/// <summary>Keeps what must survive the broker: durable exchanges, queues and bindings, and the persistent messages of durable queues.</summary>
/// <remarks>
/// Called by the broker's one thread of control. A commit may run while the next batch is collected; there is never more than one.
/// A message that was enqueued and settled within one batch is not in it.
/// </remarks>
internal interface IMessageStore : IAsyncDisposable
{
    /// <summary>Reads what an earlier broker left, without the contents of messages. Called once, before everything else.</summary>
    /// <exception cref="StoreException">The file is not ours, is newer, is damaged, is in use, or cannot be read.</exception>
    StoredState Load();

    /// <summary>Makes a batch durable: all of it or nothing.</summary>
    /// <param name="done">Called on a thread of the store when the batch is on the disk, or with what went wrong.
    /// <see cref="StoreFullException"/>: nothing was written, the same batch may be tried again. Everything else: nothing may be confirmed any more.</param>
    void Commit(StoreBatch batch, Action<Exception?> done);

    /// <summary>Reads the contents of stored messages whose batches are done.</summary>
    /// <returns>In the order of <paramref name="ids"/>; <see langword="null"/> for one that is not there any more.</returns>
    ValueTask<IReadOnlyList<StoredContent?>> ReadAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken);

    /// <summary>Writes a consistent copy of everything that is committed, while the broker goes on.</summary>
    /// <exception cref="StoreException">The file exists, or cannot be written.</exception>
    Task BackupAsync(string file, CancellationToken cancellationToken);
}
