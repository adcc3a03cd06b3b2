using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Aside;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Status;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Where;

/// <summary><c>taskqueue where</c>: where a task is, and why it is there.</summary>
internal sealed class WhereCommand
{
    private const int DefaultLimit = 10_000;

    private readonly Argument<string> _id = new("ID") { Description = "The message id of the task." };

    private readonly Argument<string[]> _types = new("TYPE")
    {
        Description = "Worker types to look for it in. Default: all that this host knows.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<TimeSpan?> _timeout = Durations.Option("--timeout", $"How long pools have for their answers. Default {AskFlags.LookingTimeout.TotalSeconds}s.");

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = $"How many messages to look at in each queue. Default {DefaultLimit:N0}.",
        HelpName = "N",
        CustomParser = argument => AskFlags.Count(argument),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly LookFlag _looking = new();

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public WhereCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "where",
            "Find a task: running, waiting, delayed, buried, rejected or done, and why. Pools are asked first; a task that none has is looked for in the queues, "
                + $"whose messages are out of the reach of others meanwhile. Exit with {ExitCodes.Failed} when it is nowhere.",
            "taskqueue where 7f3a",
            "taskqueue where 7f3a resize --limit 100000",
            "taskqueue where 7f3a --json | jq -r .state")
        {
            _id, _types.CompletedWithTypes(surroundings, connecting), _timeout, _limit, _json,
        };
        _looking.AddTo(Command);
        Command.MustBeTypes(_types);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var id = parsed.GetRequiredValue(_id);
        var connector = _connecting.Read(parsed, _surroundings);
        var timeout = parsed.GetValue(_timeout) ?? AskFlags.LookingTimeout;
        await using var fleet = await Fleet.ConnectAsync(connector, _surroundings, cancellationToken);
        var cutShort = new List<string>();
        var found = await AskAsync(fleet, id, timeout, cancellationToken)
            ?? await LookAsync(fleet.Broker, KnownQueues.Of(connector.Configuration, parsed.GetValue(_types) ?? []), id, _looking.Read(parsed, parsed.GetValue(_limit) ?? DefaultLimit), cutShort, cancellationToken)

            // It may have moved from a queue that was yet to be looked at to a pool.
            ?? await AskAsync(fleet, id, timeout, cancellationToken)
            ?? await CancelledAsync(fleet.Broker, connector, id, cancellationToken);
        if (found is null)
        {
            cutShort.Insert(0, "it is in no queue that was looked at, and no pool that answered has it: it is done and its result was taken, or there never was such a task.");
        }

        if (parsed.GetValue(_json))
        {
            var json = new JsonObject { ["id"] = id, ["state"] = found?.State ?? "unknown" };
            foreach (var (name, value) in found?.Details ?? [])
            {
                json[name] = value?.DeepClone();
            }

            await _surroundings.Out.WriteLineAsync(JsonLine.Of(json));
        }
        else if (found is not null)
        {
            await _surroundings.Out.WriteLineAsync($"{PlainText.Line(id, 255)}: {found.Text}");
        }

        foreach (var note in found is null ? cutShort : [])
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {PlainText.Line(id, 255)}: {note}");
        }

        return found is null ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private async Task<Finding?> AskAsync(Fleet fleet, string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var request = new ControlRequest(ControlCommands.Running).With("id", id);
        var answers = await fleet.FindAsync(request, answer => answer.ResultAs<List<TaskReport>>() is { Count: > 0 }, timeout, cancellationToken);
        return TaskTable.All(answers) is [var (host, task), ..] ? Finding.Of(host, task, _surroundings.Time.GetUtcNow()) : null;
    }

    private async Task<Finding?> LookAsync(
        IBroker broker, IReadOnlyList<KnownQueue> queues, string id, BrowseOptions options, List<string> cutShort, CancellationToken cancellationToken)
    {
        foreach (var queue in queues)
        {
            foreach (var part in queue.Parts)
            {
                if (await LookAsync(broker, queue, part, id, options, cutShort, cancellationToken) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }

    private async Task<Finding?> LookAsync(
        IBroker broker, KnownQueue queue, string part, string id, BrowseOptions options, List<string> cutShort, CancellationToken cancellationToken)
    {
        // A result has an id of its own, derived from the task's.
        var wanted = queue.Role == QueueRole.Results ? MessageIds.OfResult(id) : id;
        long place = 0;
        (long Place, MessageProperties Properties)? match = null;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long? count;
        try
        {
            count = await QueueWalk.WalkAsync(
                broker,
                part,
                options,
                async delivery =>
                {
                    place++;
                    if (delivery.Properties.MessageId == wanted)
                    {
                        match = (place, delivery.Properties);
                        await enough.CancelAsync();
                    }
                },
                () => Task.CompletedTask,
                enough.Token);
        }
        catch (OperationCanceledException) when (match is not null && !cancellationToken.IsCancellationRequested)
        {
            // What stands behind it is of no interest, and is back the sooner.
            count = (await broker.InspectQueueAsync(part, cancellationToken))?.Ready;
        }
        catch (Exception e) when (e is LookRefusedException or BrokerRefusedException)
        {
            // It may be in another one.
            cutShort.Add(e.Message);
            return null;
        }

        if (match is { } found)
        {
            return Finding.Of(queue, part, found.Place, Math.Max(found.Place, count ?? 0), found.Properties);
        }

        if (count > options.AtMost)
        {
            cutShort.Add($"of the {count:N0} messages in {part} only the first {options.AtMost:N0} were looked at; --limit looks at more.");
        }

        return null;
    }

    private async Task<Finding?> CancelledAsync(IBroker broker, Connector connector, string id, CancellationToken cancellationToken)
    {
        var configured = connector.Configuration.Broker;
        var users = new ControlUsers(configured.User, connector.Configuration.Service.ControlUsers);
        var store = new CancellationStore(broker, new QueueNames(configured.QueuePrefix), configured.QueueType, () => users, _surroundings.Time);
        var known = await store.ReadAsync(CancellationStore.Patience, cancellationToken);
        return known.Cancellations.FirstOrDefault(cancellation => cancellation.Id == id) is { } cancelled ? Finding.Of(cancelled) : null;
    }
}
