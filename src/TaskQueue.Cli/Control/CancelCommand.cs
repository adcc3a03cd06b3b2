using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Cancelling;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Where;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary><c>taskqueue cancel</c>: a task is not to be done, wherever it is.</summary>
internal sealed class CancelCommand
{
    private const int LongestId = 255;

    private static readonly TimeSpan DefaultKeep = TimeSpan.FromDays(7), LongestKeep = TimeSpan.FromDays(366);

    private readonly Argument<string[]> _ids = new("ID") { Description = "The message ids of the tasks, or beginnings of them that are unique.", Arity = ArgumentArity.ZeroOrMore };

    private readonly Option<bool> _evenIfUnknown = new("--even-if-unknown")
    {
        Description = "Look for nothing: take the ids as they are, whole, and remember them also when nobody knows such a task yet.",
    };

    private readonly Option<bool> _adopt = new("--adopt")
    {
        Description = "Vouch for remembered cancellations that services do not believe, because no user-id tells who put them there: those of before an upgrade. Look first who may write there.",
    };

    private readonly Option<TimeSpan?> _keep = Durations.Option(
        "--keep", $"How long to remember the cancellation of a task that runs nowhere, should it show up. Default {DefaultKeep.TotalDays}d, at most {LongestKeep.TotalDays}d.",
        TimeSpan.FromMilliseconds(1),
        LongestKeep);

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;
    private readonly AskFlags _flags = new(steers: true);
    private readonly SearchFlags _search = new();

    public CancelCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "cancel",
            "End tasks: one that runs is told to end and killed kill_after later, one that waits is not started when its turn comes. They are looked for first, as where does; "
                + $"of one that nobody knows nothing is remembered. Exit with {ExitCodes.Failed} when there is such a one, or a service refuses.",
            "taskqueue cancel 7f3a",
            "taskqueue cancel 01a1ffb7-a841-794f-9a6f-3a0f9e1f0b28 --even-if-unknown   # also if it is yet to be sent",
            "taskqueue cancel 7f3a 81bc --keep 30d              # delayed by more than a week",
            "taskqueue running resize --json | jq -r '.tasks[].id' | xargs taskqueue cancel")
        {
            _ids, _keep, _evenIfUnknown, _adopt,
        };
        _flags.AddTo(Command);
        _search.AddTo(Command);
        Command.Validate(command =>
        {
            if (command.GetValue(_ids) is not { Length: > 0 } && !command.GetValue(_adopt))
            {
                command.AddError("ID is missing: expected the message id of a task, or --adopt.");
            }

            foreach (var id in (command.GetValue(_ids) ?? []).Where(id => id.Length is 0 or > LongestId))
            {
                command.AddError($"ID \"{PlainText.Line(id, 20)}\": expected 1 to {LongestId} characters.");
            }
        });
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var asking = _flags.Read(parsed);
        IReadOnlyList<string> texts = [.. (parsed.GetValue(_ids) ?? []).Distinct(StringComparer.Ordinal)];
        var connector = _connecting.Read(parsed, _surroundings);
        await using var fleet = await Fleet.ConnectAsync(connector, _surroundings, cancellationToken);
        var search = texts.Count == 0 || parsed.GetValue(_evenIfUnknown)
            ? new SearchResult([.. texts.Select(text => new FoundTask(text, text, Whereabouts: null))], [], [])
            : await FindAsync(_search.Read(parsed, connector, fleet, [], asking.Quiet, asking.Timeout, _surroundings.Time), texts, cancellationToken);
        IReadOnlyList<FoundTask> tasks = [.. search.Found.DistinctBy(task => task.Id, StringComparer.Ordinal)];
        var now = _surroundings.Time.GetUtcNow();
        var until = now + (parsed.GetValue(_keep) ?? DefaultKeep);
        var adopts = parsed.GetValue(_adopt);
        IReadOnlyList<ControlAnswer> answers = [];
        if (tasks.Count > 0 || adopts)
        {
            // Before anybody is told: a pool that starts in this moment reads what it does not hear.
            await RememberAsync(fleet.Broker, connector, [.. tasks.Select(task => new TaskCancellation(task.Id, Fleet.Me, until) { At = now })], adopts, cancellationToken);
        }

        if (tasks.Count > 0)
        {
            var request = new ControlRequest(ControlCommands.Cancel)
                .With("ids", new JsonArray([.. tasks.Select(task => (JsonNode)task.Id)]))
                .With("by", Fleet.Me)
                .With("until", until.ToString("O", CultureInfo.InvariantCulture));
            answers = await fleet.AskAsync(request, asking, cancellationToken);
        }

        if (texts.Count > 0)
        {
            await ShowAsync(tasks, search.Unknown, answers, until, asking.Json);
        }

        foreach (var text in search.Unknown)
        {
            await _surroundings.Error.WriteLineAsync(
                $"taskqueue: {PlainText.Line(text, LongestId)}: nobody knows such a task, and nothing was done: no queue that was looked at and no pool that answered has it. "
                + "--even-if-unknown has it cancelled should it show up.");
        }

        foreach (var reason in search.Unknown.Count > 0 ? search.Unseen : [])
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {reason}.");
        }

        return search.Unknown.Count > 0 || answers.Any(answer => answer.Error is not null) ? ExitCodes.Failed : ExitCodes.Ok;
    }

    /// <summary>Finds the tasks that are meant. Where not everything can be seen, a beginning may mean more than one.</summary>
    private static async Task<SearchResult> FindAsync(TaskSearch search, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var result = await search.FindAsync(texts, cancellationToken);
        return result.Unseen.Count > 0 && result.Found.FirstOrDefault(found => found.IsAbbreviated) is { } doubtful
            ? throw new CommandFailedException(
                ExitCodes.Usage, $"ID \"{PlainText.Line(doubtful.Text, LongestId)}\" may mean more than {PlainText.Line(doubtful.Id, LongestId)}; expected the whole id: {string.Join("; ", result.Unseen)}.")
            : result;
    }

    private async Task RememberAsync(
        IBroker broker, Connector connector, IReadOnlyCollection<TaskCancellation> cancellations, bool adopts, CancellationToken cancellationToken)
    {
        var store = SearchFlags.StoreOf(connector, broker, _surroundings.Time);
        int strange;
        try
        {
            strange = await Remembered.ChangeAsync(stop => store.AddAsync(cancellations, adopts, stop), "the cancellation", _surroundings, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw new CommandFailedException(ExitCodes.Failed, e.Message, e);
        }

        if (strange > 0)
        {
            await _surroundings.Error.WriteLineAsync(adopts
                ? $"taskqueue: {Quantity.Of(strange, "message")} of remembered cancellations are yours now; pools read them when they start or connect again."
                : $"taskqueue: {Quantity.Of(strange, "message")} of remembered cancellations {(strange == 1 ? "is" : "are")} not believed, because no user-id tells who put {(strange == 1 ? "it" : "them")} there; --adopt vouches for {(strange == 1 ? "it" : "them")}.");
        }
    }

    private async Task ShowAsync(
        IReadOnlyList<FoundTask> tasks, IReadOnlyList<string> unknown, IReadOnlyList<ControlAnswer> answers, DateTimeOffset until, bool json)
    {
        var told = answers.SelectMany(answer => (answer.ResultAs<List<CancelReport>>() ?? []).Where(report => report.Found).Select(report => (answer.Service.Host, Report: report)))
            .ToLookup(entry => entry.Report.Id, StringComparer.Ordinal);
        if (json)
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["answered"] = answers.Count,
                ["tasks"] = new JsonArray(
                [
                    .. tasks.Select(task => (JsonNode)ToJson(task.Id, told[task.Id], until)),
                    .. unknown.Select(text => (JsonNode)new JsonObject { ["id"] = text, ["state"] = "unknown" }),
                ]),
            }));
        }
        else
        {
            foreach (var task in tasks)
            {
                await _surroundings.Out.WriteLineAsync($"{PlainText.Line(task.Id, LongestId)}: {Text(task, told[task.Id], until)}");
            }
        }

        await AskCommand.TellErrorsAsync(_surroundings, answers);
    }

    private static string Text(FoundTask task, IEnumerable<(string Host, CancelReport Report)> told, DateTimeOffset until)
    {
        var met = string.Join("; ", told.Select(entry => entry.Report switch
        {
            { Running: true } report => $"runs on {PlainText.Line(entry.Host, LongestId)} ({PlainText.Line(report.Worker, LongestId)}, pid {report.Pid}), and was told to end",
            _ => $"waited on {PlainText.Line(entry.Host, LongestId)}, and will not be started",
        }));
        if (met.Length == 0 && task.Whereabouts is { State: "buried" or "rejected" } aside)
        {
            var delete = aside.State == "buried" ? $"buried delete {aside.WorkerType}" : "rejected delete";
            return $"{aside.Text}. It runs nowhere, and stays there: until {Instants.Minute(until)} it is not put back either. taskqueue {delete} --id {PlainText.Line(task.Id, LongestId)} deletes it";
        }

        var place = task.Whereabouts is { State: not ("running" or "held" or "unsettled" or "cancelled"), Text: var text } ? text : "runs nowhere";
        return met.Length > 0 ? met : $"{place}; should it show up until {Instants.Minute(until)}, it will not be started";
    }

    private static JsonObject ToJson(string id, IEnumerable<(string Host, CancelReport Report)> told, DateTimeOffset until)
    {
        var (host, report) = told.FirstOrDefault();
        return new JsonObject
        {
            ["id"] = id,
            ["state"] = report switch { null => "remembered", { Running: true } => "running", _ => "waiting" },
            ["host"] = host,
            ["worker"] = report?.Worker,
            ["pid"] = report?.Pid,
            ["remembered_until"] = until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        };
    }
}
