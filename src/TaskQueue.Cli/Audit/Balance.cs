using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Audit;

/// <summary>What happened to an account in a window.</summary>
/// <param name="Account">The account.</param>
/// <param name="Flow">What the services counted.</param>
/// <param name="Waiting">How many more messages wait.</param>
/// <param name="Missing">How many messages came in and are nowhere. Negative when there are more than came in.
/// Of an open account this is, negated, what came in from publishers.</param>
internal sealed record Balance(Account Account, QueueCounts Flow, long Waiting, Bounds Missing)
{
    /// <summary>How many more messages services have.</summary>
    public long Running => Flow.Held();

    /// <summary>What the numbers say, whatever moved while they were read.</summary>
    public long MissingAsCounted => Flow.In - Flow.Taken + Flow.Back - Waiting;

    /// <summary>Whether nothing is missing, as far as the counts can tell.</summary>
    public bool IsBalanced => Account.IsOpen ? Missing.Least <= 0 : Missing.HasZero;

    /// <summary>Compares two snapshots.</summary>
    /// <remarks>Services that are in the later one alone have counted since they started, which was in the window.</remarks>
    public static IReadOnlyList<Balance> Between(Snapshot opening, Snapshot closing) =>
    [
        .. closing.Accounts
            .Select(entry => Of(entry.Key, opening.Accounts.GetValueOrDefault(entry.Key, Reading.Nothing), entry.Value))
            .OrderBy(balance => balance.Account.WorkerType is null)
            .ThenBy(balance => balance.Account.WorkerType, StringComparer.Ordinal)
            .ThenBy(balance => balance.Account.Name, StringComparer.Ordinal),
    ];

    private static Balance Of(Account account, Reading opening, Reading closing)
    {
        var flow = closing.After - opening.After;
        var (before, after) = (opening.Unaccounted, closing.Unaccounted);

        // Those that were published on a connection that ended may have come in uncounted.
        return new Balance(account, flow, closing.Ready - opening.Ready, new Bounds(after.Least - before.Most, after.Most - before.Least + flow.Unknown));
    }
}
