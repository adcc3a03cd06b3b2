using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Audit;

/// <summary>Watches a running system for a while, and tells whether all that came in is accounted for.</summary>
/// <param name="control">Asks the services.</param>
/// <param name="broker">Tells how many messages wait.</param>
/// <param name="names">Names the queues.</param>
/// <param name="knownQueues">Queues to look at besides those that services speak of.</param>
/// <param name="time">The clock.</param>
/// <param name="onOpened">Hears when it begins to watch, and whom.</param>
internal sealed class Auditor(
    ControlClient control, IBroker broker, QueueNames names, IReadOnlyCollection<string> knownQueues, TimeProvider time, Func<int, Task> onOpened)
{
    // A service that is well answers within milliseconds, on a machine that is very busy within a second or so.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), QuietAfterLast = TimeSpan.FromSeconds(1);

    // A delivery may be on its way from the broker when both are asked, so a difference counts when it stays.
    private const int Looks = 4;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <summary>Watches.</summary>
    /// <param name="window">For how long.</param>
    /// <param name="enough">Ends the window early; before it begins, all of it.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<AuditReport> RunAsync(TimeSpan window, CancellationToken enough, CancellationToken cancellationToken)
    {
        using var beforehand = CancellationTokenSource.CreateLinkedTokenSource(enough, cancellationToken);
        var present = await CallRollAsync(new Dictionary<string, ServiceIdentity>(StringComparer.Ordinal), beforehand.Token);
        if (present.Count == 0)
        {
            return AuditReport.CannotTell(
                [$"no service answered within {Patience.TotalSeconds} s: none runs with this broker and queue_prefix, or none may use the exchange {names.Control}"]);
        }

        var (opening, silent) = await OpenAsync(present, beforehand.Token);
        if (silent.Count > 0)
        {
            return AuditReport.CannotTell([.. silent.Select(service => $"{service} does not tell its counts")]);
        }

        var opened = time.GetTimestamp();
        await onOpened(opening.Services.Count);
        await WaitAsync(window, enough, cancellationToken);
        for (var look = 1; ; look++)
        {
            var answered = await CallRollAsync(present, cancellationToken);
            Snapshot closing;
            (closing, silent) = present.Keys.All(answered.ContainsKey)
                ? await TakeAsync(answered, cancellationToken)
                : (Snapshot.Empty, [.. present.Where(service => !answered.ContainsKey(service.Key)).Select(service => service.Value)]);
            if (silent.Count > 0)
            {
                return AuditReport.CannotTell([.. silent.Select(service => $"{service} has ended or does not answer any more, and its counts with it")]);
            }

            present = answered;
            var report = AuditReport.Of(opening, closing, time.GetElapsedTime(opened));
            if (report.Verdict != Verdict.Difference || look == Looks)
            {
                return report;
            }

            await Task.Delay(BetweenLooks, time, cancellationToken);
        }
    }

    private async Task WaitAsync(TimeSpan window, CancellationToken enough, CancellationToken cancellationToken)
    {
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(enough, cancellationToken);
            await Task.Delay(window, time, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Enough was seen.
        }
    }

    /// <summary>Takes the first snapshot: one that agrees with another right after it.</summary>
    private async Task<(Snapshot Snapshot, IReadOnlyList<ServiceIdentity> Silent)> OpenAsync(
        IReadOnlyDictionary<string, ServiceIdentity> present, CancellationToken cancellationToken)
    {
        var (last, silent) = await TakeAsync(present, cancellationToken);
        for (var look = 1; look < Looks && silent.Count == 0; look++)
        {
            var earlier = last;
            (last, silent) = await TakeAsync(present, cancellationToken);
            if (Balance.Between(earlier, last).All(balance => balance.IsBalanced))
            {
                break;
            }
        }

        return (last, silent);
    }

    /// <summary>Asks who is there, and waits for those who are known.</summary>
    private async Task<IReadOnlyDictionary<string, ServiceIdentity>> CallRollAsync(
        IReadOnlyDictionary<string, ServiceIdentity> known, CancellationToken cancellationToken)
    {
        var answers = await control.AskAsync(new ControlRequest(ControlCommands.Ledger), [.. known.Keys], QuietAfterLast, Patience, cancellationToken);
        return answers.ToDictionary(answer => answer.Key, answer => answer.Value.Service, StringComparer.Ordinal);
    }

    private async Task<(Snapshot Snapshot, IReadOnlyList<ServiceIdentity> Silent)> TakeAsync(
        IReadOnlyDictionary<string, ServiceIdentity> present, CancellationToken cancellationToken)
    {
        var first = await AskAsync(present, cancellationToken);
        var queues = knownQueues
            .Concat(first.Values.SelectMany(service => service.Ledger.Queues.Keys))
            .Select(queue => (Queue: queue, Account: Account.Of(queue, names)))
            .Where(queue => queue.Account is not null)
            .SelectMany(queue => queue.Account is { Role: QueueRole.Worker, WorkerType: { } type }
                ? [queue, (names.Buried(type), Account.Of(names.Buried(type), names))]
                : (IEnumerable<(string Queue, Account? Account)>)[queue])
            .Distinct()
            .ToLookup(queue => queue.Account!, queue => queue.Queue);

        // Those of which more is asked come first and close to the counts: looking for 26 queues of delayed messages takes a while.
        var closed = await InspectAsync(queues.Where(account => !account.Key.IsOpen), cancellationToken);
        var second = await AskAsync(present, cancellationToken);
        var open = await InspectAsync(queues.Where(account => account.Key.IsOpen), cancellationToken);
        var third = await AskAsync(present, cancellationToken);

        var (before, between, after) = (Sum(first), Sum(second), Sum(third));
        var readings = closed
            .Select(entry => (entry.Key, Reading: ReadingOf(entry, before, between)))
            .Concat(open.Select(entry => (entry.Key, Reading: ReadingOf(entry, between, after))))
            .ToDictionary(entry => entry.Key, entry => entry.Reading);
        var silent = present.Where(service => !(first.ContainsKey(service.Key) && second.ContainsKey(service.Key) && third.ContainsKey(service.Key)));
        return (new Snapshot(readings, third), [.. silent.Select(service => service.Value)]);
    }

    private static Reading ReadingOf(
        KeyValuePair<Account, QueueState> found, Dictionary<Account, QueueCounts> before, Dictionary<Account, QueueCounts> after) => new(
        before.GetValueOrDefault(found.Key, Reading.Nothing.Before), found.Value.Ready, found.Value.Consumers, after.GetValueOrDefault(found.Key, Reading.Nothing.After));

    private async Task<IReadOnlyDictionary<string, (ServiceIdentity Identity, LedgerExtract Ledger)>> AskAsync(
        IReadOnlyDictionary<string, ServiceIdentity> present, CancellationToken cancellationToken)
    {
        var answers = await control.AskAsync(new ControlRequest(ControlCommands.Ledger), [.. present.Keys], TimeSpan.Zero, Patience, cancellationToken);
        return answers.Values
            .Select(answer => (answer.Service, Ledger: answer.ResultAs<LedgerExtract>()))
            .Where(answer => answer.Ledger is not null)
            .ToDictionary(answer => answer.Service.Id, answer => (answer.Service, answer.Ledger!), StringComparer.Ordinal);
    }

    private async Task<Dictionary<Account, QueueState>> InspectAsync(IEnumerable<IGrouping<Account, string>> accounts, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Account, QueueState>();
        foreach (var account in accounts)
        {
            foreach (var queue in account)
            {
                var (ready, consumers) = await broker.InspectQueueAsync(queue, cancellationToken) ?? new QueueState(0, 0);
                var sum = found.GetValueOrDefault(account.Key, new QueueState(0, 0));
                found[account.Key] = new QueueState(sum.Ready + ready, sum.Consumers + consumers);
            }
        }

        return found;
    }

    private Dictionary<Account, QueueCounts> Sum(IReadOnlyDictionary<string, (ServiceIdentity Identity, LedgerExtract Ledger)> services)
    {
        var sums = new Dictionary<Account, QueueCounts>();
        foreach (var (queue, counts) in services.Values.SelectMany(service => service.Ledger.Queues))
        {
            if (Account.Of(queue, names) is { } account)
            {
                sums[account] = sums.GetValueOrDefault(account, new QueueCounts()) + counts;
            }
        }

        return sums;
    }
}
