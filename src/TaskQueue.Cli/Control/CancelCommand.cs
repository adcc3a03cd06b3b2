using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary><c>taskqueue cancel</c>: a task is not to be done, wherever it is.</summary>
internal sealed class CancelCommand
{
    private const int LongestId = 255;

    private static readonly TimeSpan DefaultKeep = TimeSpan.FromDays(7), LongestKeep = TimeSpan.FromDays(366), StoreTimeout = TimeSpan.FromSeconds(30);

    private readonly Argument<string[]> _ids = new("ID") { Description = "The message ids of the tasks.", Arity = ArgumentArity.ZeroOrMore };

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

    public CancelCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "cancel",
            $"End tasks: one that runs is told to end and killed kill_after later, one that waits is not started when its turn comes. Exit with {ExitCodes.Failed} when a service refuses.",
            "taskqueue cancel 7f3a",
            "taskqueue cancel 7f3a 81bc --keep 30d              # delayed by more than a week",
            "taskqueue running resize --json | jq -r '.tasks[].id' | xargs taskqueue cancel")
        {
            _ids, _keep, _adopt,
        };
        _flags.AddTo(Command);
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
        var ids = (parsed.GetValue(_ids) ?? []).Distinct(StringComparer.Ordinal).ToList();
        var connector = _connecting.Read(parsed, _surroundings);
        await using var fleet = await Fleet.ConnectAsync(connector, _surroundings, cancellationToken);
        var until = _surroundings.Time.GetUtcNow() + (parsed.GetValue(_keep) ?? DefaultKeep);

        // Before anybody is told: a pool that starts in this moment reads what it does not hear.
        var adopts = parsed.GetValue(_adopt);
        var strange = await RememberAsync(fleet.Broker, connector, [.. ids.Select(id => new TaskCancellation(id, Fleet.Me, until))], adopts, cancellationToken);
        if (strange > 0)
        {
            await _surroundings.Error.WriteLineAsync(adopts
                ? $"taskqueue: {Quantity.Of(strange, "message")} of remembered cancellations are yours now; pools read them when they start or connect again."
                : $"taskqueue: {Quantity.Of(strange, "message")} of remembered cancellations are not believed, because no user-id tells who put them there; --adopt vouches for them.");
        }

        if (ids.Count == 0)
        {
            return ExitCodes.Ok;
        }

        var request = new ControlRequest(ControlCommands.Cancel)
            .With("ids", new JsonArray([.. ids.Select(id => (JsonNode)id)]))
            .With("by", Fleet.Me)
            .With("until", until.ToString("O", CultureInfo.InvariantCulture));
        var answers = await fleet.AskAsync(request, asking, cancellationToken);
        await ShowAsync(ids, answers, until, asking.Json);
        return answers.Any(answer => answer.Error is not null) ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private async Task<int> RememberAsync(
        IBroker broker, Connector connector, IReadOnlyCollection<TaskCancellation> cancellations, bool adopts, CancellationToken cancellationToken)
    {
        var configured = connector.Configuration.Broker;
        var users = new ControlUsers(configured.User, connector.Configuration.Service.ControlUsers);
        var store = new CancellationStore(broker, new QueueNames(configured.QueuePrefix), configured.QueueType, () => users, _surroundings.Time);
        using var deadline = new CancellationTokenSource(StoreTimeout, _surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await store.AddAsync(cancellations, adopts, stop.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"the broker did not confirm the cancellation within {StoreTimeout.TotalSeconds} s, and nobody was told. A broker that is short of memory or disk does that.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new CommandFailedException(ExitCodes.Failed, e.Message, e);
        }
    }

    private async Task ShowAsync(IReadOnlyList<string> ids, IReadOnlyList<ControlAnswer> answers, DateTimeOffset until, bool json)
    {
        var found = answers.SelectMany(answer => (answer.ResultAs<List<CancelReport>>() ?? []).Where(report => report.Found).Select(report => (answer.Service.Host, Report: report)))
            .ToLookup(entry => entry.Report.Id, StringComparer.Ordinal);
        if (json)
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["answered"] = answers.Count,
                ["tasks"] = new JsonArray([.. ids.Select(id => (JsonNode)ToJson(id, found[id], until))]),
            }));
        }
        else
        {
            foreach (var id in ids)
            {
                await _surroundings.Out.WriteLineAsync($"{PlainText.Line(id, LongestId)}: {Text(found[id], until)}");
            }
        }

        foreach (var answer in answers.Where(answer => answer.Error is not null))
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {PlainText.Line(answer.Service.ToString(), LongestId)}: {PlainText.Line(answer.Error, 1000)}");
        }
    }

    private static string Text(IEnumerable<(string Host, CancelReport Report)> found, DateTimeOffset until) =>
        string.Join("; ", found.Select(entry => entry.Report switch
        {
            { Running: true } report => $"runs on {PlainText.Line(entry.Host, LongestId)} ({PlainText.Line(report.Worker, LongestId)}, pid {report.Pid}), and was told to end",
            _ => $"waited on {PlainText.Line(entry.Host, LongestId)}, and will not be started",
        })) is { Length: > 0 } text
            ? text
            : $"runs nowhere; should it show up until {until.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)}, it will not be started";

    private static JsonObject ToJson(string id, IEnumerable<(string Host, CancelReport Report)> found, DateTimeOffset until)
    {
        var (host, report) = found.FirstOrDefault();
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
