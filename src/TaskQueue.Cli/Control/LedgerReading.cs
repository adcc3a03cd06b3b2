using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary>What all services that answered have counted.</summary>
/// <param name="Services">Their counts, by their ids.</param>
internal sealed record LedgerReading(IReadOnlyDictionary<string, LedgerExtract> Services)
{
    public static readonly LedgerReading Nobody = new(new Dictionary<string, LedgerExtract>(StringComparer.Ordinal));

    /// <summary>Whether the broker did not take the question: services may run and have much to tell.</summary>
    public bool IsUnasked { get; init; }

    /// <summary>The sum for some queues.</summary>
    public QueueCounts Of(IReadOnlyCollection<string> queues) => Services.Values
        .SelectMany(service => service.Queues)
        .Where(entry => queues.Contains(entry.Key))
        .Aggregate(new QueueCounts(), (sum, entry) => sum + entry.Value);

    /// <summary>How many deliveries of these queues services have.</summary>
    public long HeldOf(IReadOnlyCollection<string> queues) => Math.Max(0, Of(queues).Held());

    /// <summary>Whether the same services have the same counts for these queues, and nothing is on its way into them.</summary>
    public bool IsStillAt(LedgerReading earlier, IReadOnlyCollection<string> queues) =>
        !IsUnasked && Services.Count == earlier.Services.Count && Services.Keys.All(earlier.Services.ContainsKey)
        && Of(queues) is { UnderWay: 0 } counts && counts == earlier.Of(queues);
}
