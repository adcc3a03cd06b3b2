using System.Collections.Concurrent;

namespace TaskQueue.Web.History;

/// <summary>Those who wait for news about a task. May be used from several threads.</summary>
internal sealed class TaskWaiters
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _byTask = new(StringComparer.Ordinal);

    /// <summary>Completes with the next news. To be asked for before one looks what is there already.</summary>
    /// <param name="messageId">The task.</param>
    public Task NewsOf(string messageId) => _byTask.GetOrAdd(messageId, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Nobody waits for it any more who has asked for that; others ask again.</summary>
    public void Forget(string messageId)
    {
        if (_byTask.TryRemove(messageId, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>There is news.</summary>
    public void Tell(IReadOnlyCollection<string> messageIds)
    {
        if (_byTask.IsEmpty)
        {
            return;
        }

        foreach (var id in messageIds)
        {
            Forget(id);
        }
    }
}
