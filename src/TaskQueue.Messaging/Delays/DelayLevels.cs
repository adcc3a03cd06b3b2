namespace TaskQueue.Messaging.Delays;

/// <summary>The lengths that delays are put together from: powers of two, so that few queues make all of them.</summary>
/// <remarks>All messages in a level's queue stay equally long, so the head is always the next to leave and none waits behind a longer delay.</remarks>
internal static class DelayLevels
{
    /// <summary>The shortest level; also by how much a message may be late of our own doing.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest level, 48 days. Twice that would be more milliseconds than the 32 bits of an Erlang timer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1 << 22);

    /// <summary>All of them, shortest first.</summary>
    public static readonly IReadOnlyList<TimeSpan> All = [.. Doubled()];

    // How long a message stays away whose queue took it not.
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(64);

    /// <summary>Where a message goes next.</summary>
    /// <param name="remaining">How long until it is due; more than nothing.</param>
    /// <returns>The longest level that ends before the message is due, or so little after that a further stop would not pay: without that, the
    /// milliseconds that each stop costs would send every message through all of the shorter levels.</returns>
    public static TimeSpan Next(TimeSpan remaining)
    {
        var level = Shortest;
        while (level < Longest && (2 * level) - Shortest <= remaining)
        {
            level *= 2;
        }

        return level;
    }

    /// <summary>Where a message goes that is due and that its queue would not take.</summary>
    /// <param name="overdue">For how long it has been due.</param>
    /// <returns>A level that grows with the time the message has been trying.</returns>
    public static TimeSpan Retry(TimeSpan overdue) =>
        Next(overdue < ShortestRetry ? ShortestRetry : overdue > LongestRetry ? LongestRetry : overdue);

    /// <summary>The queue of a level.</summary>
    public static QueueDefinition Definition(QueueNames queues, QueueType type, TimeSpan level) =>
        new(queues.Delay(level), type) { MessageTtl = level, DeadLetterQueue = queues.DelayDue };

    /// <summary>The level's queue of a name; <see langword="null"/> when no level has it.</summary>
    public static QueueDefinition? DefinitionOf(QueueNames queues, string queue, QueueType type) =>
        All.Where(level => queues.Delay(level) == queue).Select(level => Definition(queues, type, level)).FirstOrDefault();

    private static IEnumerable<TimeSpan> Doubled()
    {
        for (var level = Shortest; level <= Longest; level *= 2)
        {
            yield return level;
        }
    }
}
