using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Audit;

/// <summary>A place where tasks are, as far as the ledger is concerned: a queue, or several that messages move between by themselves.</summary>
/// <param name="Name">The queue's complete name, or a pattern for several.</param>
/// <param name="Role">What it is for.</param>
/// <param name="WorkerType">Whose tasks are in it, where that is one worker type.</param>
internal sealed record Account(string Name, QueueRole Role, string? WorkerType = null)
{
    private const string BuriedSuffix = ".buried";

    /// <summary>Whether publishers put messages there. They keep no ledger: what came in is what must have come.</summary>
    public bool IsOpen => Role is QueueRole.Tasks or QueueRole.Delayed;

    /// <summary>The account that a queue belongs to.</summary>
    /// <returns><see langword="null"/> for queues that hold no tasks, or those of another system on the same broker.</returns>
    public static Account? Of(string queue, QueueNames names)
    {
        if (queue == names.TaskQueue)
        {
            return new Account(queue, QueueRole.Tasks);
        }

        if (queue == names.Unroutable)
        {
            return new Account(queue, QueueRole.Unroutable);
        }

        if (queue == names.Rejected)
        {
            return new Account(queue, QueueRole.Rejected);
        }

        if (queue.StartsWith(names.Delays.TrimEnd('*'), StringComparison.Ordinal))
        {
            return new Account(names.Delays, QueueRole.Delayed);
        }

        var beforeType = names.Worker("");
        if (!queue.StartsWith(beforeType, StringComparison.Ordinal))
        {
            return null;
        }

        var type = queue[beforeType.Length..];
        return type.EndsWith(BuriedSuffix, StringComparison.Ordinal)
            ? new Account(queue, QueueRole.Buried, type[..^BuriedSuffix.Length])
            : new Account(queue, QueueRole.Worker, type);
    }
}
