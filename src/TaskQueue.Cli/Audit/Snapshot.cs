using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Audit;

/// <summary>All accounts at about one moment.</summary>
/// <param name="Accounts">What was found.</param>
/// <param name="Services">The services that counted, by their ids, and what each said last.</param>
internal sealed record Snapshot(
    IReadOnlyDictionary<Account, Reading> Accounts, IReadOnlyDictionary<string, (ServiceIdentity Identity, LedgerExtract Ledger)> Services)
{
    public static readonly Snapshot Empty = new(
        new Dictionary<Account, Reading>(), new Dictionary<string, (ServiceIdentity, LedgerExtract)>(StringComparer.Ordinal));
}

/// <summary>An account, with the counts of all services from just before and just after its queue was looked at.</summary>
/// <param name="Before">The counts before.</param>
/// <param name="Ready">Messages that waited.</param>
/// <param name="Consumers">Subscriptions that the broker knew.</param>
/// <param name="After">The counts after.</param>
internal sealed record Reading(QueueCounts Before, long Ready, int Consumers, QueueCounts After)
{
    public static readonly Reading Nothing = new(new QueueCounts(), 0, 0, new QueueCounts());

    /// <summary>Messages that came in by the ledger and are neither waiting nor taken. It stays the same as long as none is lost or smuggled in,
    /// and lies in this range for all that the counts tell: what moved while they were read may have been on either side.</summary>
    public Bounds Unaccounted => new(
        Before.In - After.Taken + Before.Back - Ready,
        After.In + After.UnderWay - Before.Taken + After.Back - Ready);

    /// <summary>The subscriptions of those who keep no ledger.</summary>
    public long Strangers => Math.Max(0, Consumers - Math.Max(Before.Consumers, After.Consumers));
}

/// <summary>A number that is known to lie between two.</summary>
internal sealed record Bounds(long Least, long Most)
{
    public bool HasZero => Least <= 0 && Most >= 0;

    public long Width => Most - Least;

    /// <summary>The number in it that is nearest to zero.</summary>
    public long Sure => Math.Clamp(0, Least, Most);
}
