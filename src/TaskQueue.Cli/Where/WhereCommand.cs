using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Where;

/// <summary><c>taskqueue where</c>: where a task is, and why it is there.</summary>
internal sealed class WhereCommand
{
    private const int LongestShown = 255;

    private readonly Argument<string> _id = new("ID") { Description = "The message id of the task, or a beginning of it that is unique." };

    private readonly Argument<string[]> _types = new("TYPE")
    {
        Description = "Worker types to look for it in. Default: all that this host knows.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<TimeSpan?> _timeout = Durations.Option("--timeout", $"How long pools have for their answers. Default {AskFlags.LookingTimeout.TotalSeconds}s.");

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly SearchFlags _search = new();

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
            _id, _types.CompletedWithTypes(surroundings, connecting), _timeout, _json,
        };
        _search.AddTo(Command);
        Command.MustBeTypes(_types);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var text = parsed.GetRequiredValue(_id);
        var connector = _connecting.Read(parsed, _surroundings);
        await using var fleet = await Fleet.ConnectAsync(connector, _surroundings, cancellationToken);
        var timeout = parsed.GetValue(_timeout) ?? AskFlags.LookingTimeout;
        var search = _search.Read(parsed, connector, fleet, parsed.GetValue(_types) ?? [], timeout, timeout, _surroundings.Time);
        var result = await search.FindAsync([text], cancellationToken);
        var found = result.Found.SingleOrDefault() is { Whereabouts: { } place } task
            ? task with { Whereabouts = await Prospects.ExplainAsync(place, fleet, cancellationToken) }
            : null;
        _surroundings.Recent?.AddId(found?.Id, found?.Whereabouts?.State ?? "");
        if (parsed.GetValue(_json))
        {
            var json = new JsonObject { ["id"] = found?.Id ?? text, ["state"] = found?.Whereabouts?.State ?? "unknown" };
            foreach (var (name, value) in found?.Whereabouts?.Details ?? [])
            {
                json[name] = value?.DeepClone();
            }

            await _surroundings.Out.WriteLineAsync(JsonLine.Of(json));
        }
        else if (found is not null)
        {
            await _surroundings.Out.WriteLineAsync($"{PlainText.Line(found.Id, LongestShown)}: {found.Whereabouts?.Text}");
        }

        foreach (var note in Notes(found, result.Unseen))
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {PlainText.Line(text, LongestShown)}: {note}.");
        }

        return found is null ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static IEnumerable<string> Notes(FoundTask? found, IReadOnlyList<string> unseen) => found switch
    {
        null => ["it is in no queue that was looked at, and no pool that answered has it: it is done and its result was taken, or there never was such a task", .. unseen],
        { IsAbbreviated: true } => unseen.Select(reason => $"more ids may begin with it: {reason}"),
        _ => [],
    };
}
