using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Queues;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Moving;

/// <summary><c>taskqueue move</c>: takes what waits at one broker to another.</summary>
internal sealed class MoveCommand
{
    private const string FromName = "--from", ToName = "--to";

    private readonly Option<string> _from = new(FromName) { Description = $"Where the messages are: {BrokerAddress.Rule}.", HelpName = "URL", Required = true };

    private readonly Option<string> _to = new(ToName) { Description = "Where they go, written likewise.", HelpName = "URL", Required = true };

    private readonly Option<string?> _fromPassword = PasswordFile("--from-password-file", FromName), _toPassword = PasswordFile("--to-password-file", ToName);

    private readonly Argument<string[]> _queues = new("QUEUE")
    {
        Description = $"What to move: {QueueSelection.Rule}. Default: all tasks, delayed, buried and rejected ones included, and results.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _force = new("--force") { Description = "Move although services run at the source, and take what they can get." };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public MoveCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "move",
            "Move messages from one broker to another, with their properties, headers and remaining delays: each is acknowledged at the source when the target has confirmed it. "
            + "Stop the services of the source first. It may be interrupted and repeated: nothing is lost, and a message may then be there twice, with the same message-id. "
            + "Without a user in the URL those of [amqp] log in.",
            "taskqueue move --from embedded --to amqp://taskqueue@rabbit1 --to-password-file secret",
            "taskqueue move --from amqps://ops@rabbit1/prod --from-password-file secret --to embedded:/var/lib/taskqueue/broker resize results")
        {
            _queues.CompletedWithQueues(surroundings, connecting), _from, _fromPassword, _to, _toPassword, _force, _json,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private static Option<string?> PasswordFile(string name, string of) => new(name) { Description = $"A file whose first line is the password of {of}; others of this host can see command lines.", HelpName = "FILE" };

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        // No queue is to be left behind because its name could not be read.
        var configuration = _connecting.ReadSettings(parsed, _surroundings).Configuration.RequireWhole();
        var names = new QueueNames(configuration.Broker.QueuePrefix);
        var from = BrokerAddress.Parse(FromName, parsed.GetRequiredValue(_from), parsed.GetValue(_fromPassword), configuration, _surroundings);
        var to = BrokerAddress.Parse(ToName, parsed.GetRequiredValue(_to), parsed.GetValue(_toPassword), configuration, _surroundings);
        if (from.Embedded is { } here && here.DataDir == to.Embedded?.DataDir)
        {
            throw SameBroker();
        }

        var named = parsed.GetValue(_queues) ?? [];
        var patience = _connecting.Patience(parsed);
        await using var source = await Place.OpenAsync(from, configuration, patience, _surroundings, cancellationToken);
        await using var target = await Place.OpenAsync(to, configuration, patience, _surroundings, cancellationToken);
        await RequireDifferentAsync(source.Broker, target.Broker, names, cancellationToken);
        if (!parsed.GetValue(_force))
        {
            await RequireStoppedAsync(source, names, cancellationToken);
        }

        var queues = named.Length > 0 ? QueueSelection.Named(configuration, named) : AllOf(LocalQueues.Of(configuration, []), await source.ListQueuesAsync(), configuration, names);
        var keep = (configuration with { IsBrokerEmbedded = to.Embedded is not null }).ResultsKeep;
        var moved = await new Relocation(source.Broker, target.Broker, names, configuration.Broker.QueueType, keep, configuration.Service.BuriedKeep, _surroundings).RunAsync(queues, cancellationToken);
        return await ReportAsync(moved, source.Shown, target.Shown, isNamed: named.Length > 0, parsed.GetValue(_json));
    }

    /// <summary>Those that configuration and plugins speak of, and where the broker lists its queues, those of worker types that this host does not know.</summary>
    private static IReadOnlyList<KnownQueue> AllOf(
        IReadOnlyList<KnownQueue> known, IReadOnlyList<string>? listed, TaskQueueConfiguration configuration, QueueNames names) => listed is null
        ? known
        : [.. known.Concat(QueueSelection.Named(configuration, [.. listed.Where(name => name.StartsWith(names.Worker(""), StringComparison.Ordinal))]))
            .DistinctBy(queue => queue.Name, StringComparer.Ordinal)];

    private static CommandFailedException SameBroker() => new(ExitCodes.Usage, $"{FromName} and {ToName} are the same broker: messages would go round in a circle.");

    /// <summary>Whatever the addresses look like: what is made at the one must not be at the other.</summary>
    private static async Task RequireDifferentAsync(IBroker source, IBroker target, QueueNames names, CancellationToken cancellationToken)
    {
        var mark = new QueueDefinition(names.Reply($"move-{Guid.NewGuid():N}"), QueueType.Classic) { DeleteUnusedAfter = TimeSpan.FromMinutes(1) };
        await target.DeclareQueueAsync(mark, cancellationToken);
        var isSame = await source.InspectQueueAsync(mark.Name, cancellationToken) is not null;
        await target.DeleteQueueAsync(mark.Name, cancellationToken);
        if (isSame)
        {
            throw SameBroker();
        }
    }

    private async Task RequireStoppedAsync(Place source, QueueNames names, CancellationToken cancellationToken)
    {
        await using var ledgers = await LedgerPoll.OpenAsync(source.Broker, names, _surroundings, cancellationToken);
        if ((await ledgers.AskAsync(cancellationToken)).Services is { Count: > 0 and var count })
        {
            throw new CommandFailedException(
                ExitCodes.Failed,
                $"{Quantity.Of(count, "service")} {(count == 1 ? "runs" : "run")} at {source.Shown}, and {(count == 1 ? "takes" : "take")} messages too. Stop them first (taskqueue alive lists them), or move what they leave with --force.");
        }
    }

    private async Task<int> ReportAsync(IReadOnlyList<MovedQueue> queues, string from, string to, bool isNamed, bool json)
    {
        var missing = isNamed ? queues.Where(queue => queue is { Before: null, Queue.Role: not QueueRole.Delayed }).ToList() : [];
        var left = queues.Sum(queue => queue.Left ?? 0);
        if (json)
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["from"] = from,
                ["to"] = to,
                ["moved"] = queues.Sum(queue => queue.Moved),
                ["left"] = left,
                ["queues"] = new JsonArray([.. queues.Where(queue => isNamed || queue.IsShown).Select(queue => new JsonObject
                {
                    ["queue"] = queue.Queue.Name,
                    ["source"] = new JsonObject { ["before"] = queue.Before, ["after"] = queue.Left },
                    ["moved"] = queue.Moved,
                    ["target"] = new JsonObject { ["before"] = queue.ThereBefore, ["after"] = queue.There },
                    ["trouble"] = queue.Trouble,
                })]),
            }));
        }
        else
        {
            await Tables.WriteAsync(_surroundings, new Tables.Table(
                ["Queue", "Source before", "Moved", "Source now", "Target before", "Target now"],
                [.. queues.Where(queue => isNamed || queue.IsShown).Select(queue => new Tables.Row(
                    [queue.Queue.Name, Count(queue.Before), Count(queue.Moved), Count(queue.Left), Count(queue.ThereBefore), Count(queue.There)],
                    queue.Left > 0 ? Tables.Mood.Bad : Tables.Mood.Plain))],
                1, 2, 3, 4, 5)
            {
                Values = [6, 2, 5, 4, 1, 3],
            });
            await _surroundings.Out.WriteLineAsync($"{queues.Sum(queue => queue.Moved):N0} moved from {from} to {to}, {left:N0} left");
        }

        foreach (var queue in missing)
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: there is no queue {queue.Queue.Name} at {from}.");
        }

        foreach (var queue in queues.Where(queue => queue.Trouble is not null))
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {queue.Queue.Name}: {queue.Trouble}. What was not confirmed is still at the source.");
        }

        return left > 0 || missing.Count > 0 || queues.Any(queue => queue.Trouble is not null) ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static string Count(long? number) => number is { } count ? $"{count:N0}" : "-";
}
