namespace TaskQueue.Messaging;

/// <summary>How much is kept in a queue that nobody may ever read; beyond it the broker drops the oldest. It is an argument of the queue, so it holds for
/// queues that are declared anew.</summary>
/// <param name="Count">The most messages that wait (<c>x-max-length</c>), or <see langword="null"/> for any number.</param>
/// <param name="Age">How long each waits (<c>x-message-ttl</c>), or <see langword="null"/> for ever.</param>
public sealed record Retention(long? Count, TimeSpan? Age)
{
    /// <summary>Everything, for ever.</summary>
    public static Retention All { get; } = new(null, null);

    /// <summary>What the embedded broker keeps of results, whose one disk a queue that nobody reads would fill.</summary>
    public static Retention EmbeddedResults { get; } = new(100_000, TimeSpan.FromDays(7));

    /// <summary>How a queue for results is declared.</summary>
    /// <param name="names">Knows the system's own queues: what waits in those is no result.</param>
    /// <param name="queue">Its complete name.</param>
    /// <param name="type">How the broker keeps it.</param>
    /// <returns>The definition.</returns>
    public QueueDefinition OfResults(QueueNames names, string queue, QueueType type)
    {
        ArgumentNullException.ThrowIfNull(names);
        var definition = names.Definition(queue, type);
        return names.IsOfSystem(queue) ? definition : Of(definition);
    }

    /// <summary>How a queue is declared of which no more is kept.</summary>
    /// <param name="queue">How it is declared otherwise.</param>
    /// <returns>The definition.</returns>
    public QueueDefinition Of(QueueDefinition queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return queue with { MaxLength = Count, MessageTtl = Age };
    }
}
