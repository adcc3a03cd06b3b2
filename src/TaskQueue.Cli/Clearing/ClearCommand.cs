using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Queues;
using TaskQueue.Cli.Status;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Clearing;

/// <summary><c>taskqueue clear</c>: deletes what waits.</summary>
internal sealed class ClearCommand
{
    private readonly Argument<string[]> _queues = new("QUEUE")
    {
        Description = $"What to clear: {QueueSelection.Rule}. Default: all tasks, delayed ones and those for types that nobody serves included; "
            + "not results, nor what is buried or rejected, unless they are named.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask; where nobody can answer it is required." };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public ClearCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "clear",
            "Delete all messages that wait in queues, and tell how many services still hold: those are done all the same.",
            "taskqueue clear resize                     # the tasks in worker_resize; asks first",
            "taskqueue clear results --yes",
            "taskqueue clear --yes --json               # all tasks")
        {
            _queues.CompletedWithQueues(surroundings, connecting), _yes, _json,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        var named = parsed.GetValue(_queues) ?? [];
        var queues = named.Length > 0 ? QueueSelection.Named(connector.Configuration, named) : QueueSelection.OfWork(connector.Configuration);
        if (!parsed.GetValue(_yes) && !_surroundings.CanAsk)
        {
            throw new CommandFailedException(ExitCodes.Usage, "clear: nobody is here to be asked; expected --yes.");
        }

        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        var found = (await StatusReport.GatherAsync(broker, queues, cancellationToken)).Queues.ToDictionary(queue => queue.Name, StringComparer.Ordinal);
        var missing = named.Length > 0 ? queues.Where(queue => found.GetValueOrDefault(queue.Name) is not { Ready: not null }).ToList() : [];
        foreach (var queue in missing.Where(queue => queue.Role != QueueRole.Delayed).ToList())
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: there is no queue {queue.Name}.");
        }

        var waiting = found.Values.Where(queue => queue.Ready > 0).ToList();
        if (!parsed.GetValue(_yes) && waiting.Count > 0
            && !await Confirmation.AskAsync(_surroundings, $"Delete {string.Join(", ", waiting.Select(queue => $"{Quantity.Of(queue.Ready!.Value, "message")} of {queue.Name}"))}?", cancellationToken))
        {
            await _surroundings.Error.WriteLineAsync("taskqueue: nothing was done.");
            return ExitCodes.Failed;
        }

        var deleted = await PurgeAsync(broker, [.. queues.Where(queue => found.ContainsKey(queue.Name))], cancellationToken);
        await using var ledgers = await LedgerPoll.OpenAsync(
            broker, new QueueNames(connector.Configuration.Broker.QueuePrefix), _surroundings, cancellationToken);
        await ReportAsync(deleted, await ledgers.AskAsync(cancellationToken), named.Length > 0, parsed.GetValue(_json));
        return missing.Any(queue => queue.Role != QueueRole.Delayed) ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static async Task<IReadOnlyList<(KnownQueue Queue, long Deleted)>> PurgeAsync(
        IBroker broker, IReadOnlyList<KnownQueue> queues, CancellationToken cancellationToken)
    {
        var deleted = new List<(KnownQueue, long)>();
        foreach (var queue in queues)
        {
            var count = 0L;
            foreach (var part in queue.Parts)
            {
                // Without a queue there is nothing to purge; asking first spares the broker's log a line.
                count += await broker.InspectQueueAsync(part, cancellationToken) is { Ready: > 0 } ? await broker.PurgeQueueAsync(part, cancellationToken) : 0;
            }

            deleted.Add((queue, count));
        }

        return deleted;
    }

    private async Task ReportAsync(IReadOnlyList<(KnownQueue Queue, long Deleted)> deleted, LedgerReading ledgers, bool isNamed, bool json)
    {
        var isKnown = ledgers.Services.Count > 0;
        var rows = deleted.Select(entry => (entry.Queue.Name, entry.Deleted, Held: ledgers.HeldOf([.. entry.Queue.Parts]))).ToList();
        if (json)
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["deleted"] = rows.Sum(row => row.Deleted),
                ["queues"] = new JsonArray([.. rows.Select(row => new JsonObject
                {
                    ["queue"] = row.Name,
                    ["deleted"] = row.Deleted,
                    ["held"] = isKnown ? row.Held : null,
                })]),
            }));
            return;
        }

        var shown = rows.Where(row => isNamed || row.Deleted > 0 || row.Held > 0).ToList();
        foreach (var row in shown)
        {
            await _surroundings.Out.WriteLineAsync(
                $"{row.Name}: {Quantity.Of(row.Deleted, "message")} deleted{(row.Held > 0 ? $"; {row.Held:N0} more {(row.Held == 1 ? "is" : "are")} held by services" : "")}");
        }

        if (shown.Count == 0)
        {
            await _surroundings.Out.WriteLineAsync("Nothing waited: 0 messages deleted");
        }

        if (!isKnown)
        {
            await _surroundings.Error.WriteLineAsync("taskqueue: no service has answered: whether any holds messages is not known.");
        }
    }
}
