namespace TaskQueue.Messaging;

/// <summary>How much of results is kept that nobody takes; beyond it the broker drops the oldest. It is an argument of their queues, so it holds for
/// those that are declared anew.</summary>
/// <param name="Count">The most that wait in a queue (<c>x-max-length</c>), or <see langword="null"/> for any number.</param>
/// <param name="Age">How long each waits (<c>x-message-ttl</c>), or <see langword="null"/> for ever.</param>
public sealed record ResultsKeep(long? Count, TimeSpan? Age)
{
    /// <summary>Everything, for ever.</summary>
    public static ResultsKeep All { get; } = new(null, null);

    /// <summary>What the embedded broker keeps, whose one disk a queue that nobody reads would fill.</summary>
    public static ResultsKeep Embedded { get; } = new(100_000, TimeSpan.FromDays(7));

    /// <summary>How a queue for results is declared.</summary>
    /// <param name="names">Knows the system's own queues: what waits in those is no result.</param>
    /// <param name="queue">Its complete name.</param>
    /// <param name="type">How the broker keeps it.</param>
    /// <returns>The definition.</returns>
    public QueueDefinition Definition(QueueNames names, string queue, QueueType type)
    {
        ArgumentNullException.ThrowIfNull(names);
        var definition = names.Definition(queue, type);
        return names.IsOfSystem(queue) ? definition : definition with { MaxLength = Count, MessageTtl = Age };
    }
}
