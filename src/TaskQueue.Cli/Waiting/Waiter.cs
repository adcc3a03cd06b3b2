using TaskQueue.Cli.Control;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Waiting;

/// <summary>Looks how much is left to do.</summary>
/// <param name="broker">Tells how many messages wait; those that somebody holds it does not count.</param>
/// <param name="askLedgers">Asks services how many they hold.</param>
/// <param name="queues">What is waited for.</param>
internal sealed class Waiter(IBroker broker, Func<CancellationToken, Task<LedgerReading>> askLedgers, IReadOnlyList<KnownQueue> queues)
{
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _all = [.. queues.SelectMany(queue => queue.Parts)];

    /// <summary>The named queues of which the last look has found none.</summary>
    public IEnumerable<string> Missing => queues.Where(queue => queue.Parts.All(_missing.Contains)).Select(queue => queue.Name);

    /// <summary>Looks.</summary>
    /// <remarks>Services are asked before and after: a message that went from a queue that was yet to be looked at into one that
    /// had been looked at has changed somebody's counts.</remarks>
    public async Task<WaitLook> LookAsync(CancellationToken cancellationToken)
    {
        var before = await askLedgers(cancellationToken);
        var states = await InspectAsync(_missing.Count == 0 ? _ => true : part => !_missing.Contains(part), cancellationToken);

        // Most queues of delayed messages do not exist, and the broker logs each question for one: they are asked for only when all else is done.
        if (_missing.Count > 0 && states.Values.All(state => state.Ready == 0) && before.HeldOf(_all) == 0)
        {
            states = states.Concat(await InspectAsync(_missing.Contains, cancellationToken)).ToDictionary(StringComparer.Ordinal);
        }

        var after = await askLedgers(cancellationToken);
        return new WaitLook(
            [.. queues.Select(queue => BacklogOf(queue, states, after))],
            after.Services.Count,
            !after.IsStillAt(before, _all));
    }

    private static Backlog BacklogOf(KnownQueue queue, Dictionary<string, QueueState> states, LedgerReading ledgers)
    {
        var found = queue.Parts.Where(states.ContainsKey).Select(part => states[part]).ToList();
        var consumers = found.Sum(state => state.Consumers);
        var counts = ledgers.Of([.. queue.Parts]);
        return new Backlog(queue, found.Sum(state => state.Ready), consumers, Math.Max(0, counts.Held()), Math.Max(0, consumers - counts.Consumers));
    }

    private async Task<Dictionary<string, QueueState>> InspectAsync(Func<string, bool> isMeant, CancellationToken cancellationToken)
    {
        var states = new Dictionary<string, QueueState>(StringComparer.Ordinal);
        foreach (var part in _all.Where(isMeant).ToList())
        {
            if (await broker.InspectQueueAsync(part, cancellationToken) is { } state)
            {
                states[part] = state;
                _missing.Remove(part);
            }
            else
            {
                _missing.Add(part);
            }
        }

        return states;
    }
}
