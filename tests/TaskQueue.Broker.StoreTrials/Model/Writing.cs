using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.StoreTrials.Model;

/// <summary>Commits as the broker does: one at a time, each awaited.</summary>
internal static class Writing
{
    /// <summary>Ends when the batch is on the disk.</summary>
    /// <param name="acknowledged">Called first, on the store's thread.</param>
    /// <exception cref="StoreException">It is not.</exception>
    public static Task CommitAsync(this IMessageStore store, StoreBatch batch, Action? acknowledged = null)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Commit(batch, error =>
        {
            if (error is null)
            {
                acknowledged?.Invoke();
                done.SetResult();
            }
            else
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }
}
