using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary><c>taskqueue reload</c>: services read their configuration again; shows what came of it.</summary>
internal sealed class ReloadCommand
{
    // A worker has start_timeout, 30 s by default, until it is known not to start.
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200), Quiet = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait for what comes of it: say what there is to do." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;
    private readonly AskFlags _flags = new(steers: true, $"How long to wait until it is over. Default {DefaultPatience.TotalSeconds}s.");

    public ReloadCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            ControlCommands.Reload,
            "Have services read config.ini and the plugin folder again, each its own, as SIGHUP does; wait until their workers have started, or say why one does not. "
            + $"Exit with {ExitCodes.Failed} when no service has done it, one refuses or has a problem, with {ExitCodes.TimedOut} when it is not over within --timeout ({DefaultPatience.TotalSeconds}s).",
            "taskqueue reload",
            "taskqueue reload --host web3 --no-wait")
        {
            _noWait,
        };
        _flags.AddTo(Command);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var asking = _flags.Read(parsed);
        var started = _surroundings.Time.GetTimestamp();
        await using var fleet = await Fleet.ConnectAsync(_connecting.Read(parsed, _surroundings), _surroundings, cancellationToken);
        var answers = await fleet.AskAsync(new ControlRequest(ControlCommands.Reload).With("by", Fleet.Me), asking, cancellationToken);
        var waits = !parsed.GetValue(_noWait) && answers.Count > 0;
        var outcome = waits ? await OutcomeAsync(fleet, asking, [.. answers.Where(answer => answer.Error is null).Select(answer => answer.Service.Id)], started, cancellationToken) : Outcome.Unknown;
        if (asking.Json)
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(ToJson(answers, outcome)));
        }
        else if (SteerCommands.Table(answers) is { Rows.Count: > 0 } table)
        {
            await Tables.WriteAsync(_surroundings, table);
        }

        var problems = ProblemLines.Of(outcome.Reports);
        foreach (var problem in asking.Json ? [] : problems)
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {problem}");
        }

        await new AskCommand(_surroundings, _connecting, _flags).TellAsync(answers, asking);
        if (outcome.Unsettled.Count > 0)
        {
            await _surroundings.Error.WriteLineAsync(
                $"taskqueue: it is not over on {ProblemLines.Hosts(answers.Where(answer => outcome.Unsettled.Contains(answer.Service.Id)).Select(answer => answer.Service.Host))}; taskqueue workers shows who is still starting.");
        }

        return answers.Count < asking.Expect ? ExitCodes.TimedOut
            : !SteerCommands.IsDone(answers) || problems.Count > 0 ? ExitCodes.Failed
            : outcome.Unsettled.Count > 0 ? ExitCodes.TimedOut
            : ExitCodes.Ok;
    }

    /// <summary>Asks the services how they are until what they were told to do has come true, or not.</summary>
    private async Task<Outcome> OutcomeAsync(Fleet fleet, Asking asking, IReadOnlyCollection<string> reloaded, long started, CancellationToken cancellationToken)
    {
        var patience = asking.IsTimeoutGiven ? asking.Timeout : DefaultPatience;
        var latest = new Dictionary<string, (ServiceIdentity Service, ServiceReport Report)>(StringComparer.Ordinal);
        while (true)
        {
            var answers = await fleet.PollAsync(new ControlRequest(ControlCommands.Status).With("host", asking.Host), Quiet, Patience, cancellationToken);
            foreach (var found in Fleet.Reports(answers))
            {
                latest[found.Service.Id] = found;
            }

            // A dispatcher that has just gone over to a new connection may not hear us yet.
            var unsettled = reloaded.Where(id => !latest.TryGetValue(id, out var found) || found.Report.Settled == false).ToHashSet(StringComparer.Ordinal);
            if (unsettled.Count == 0 || _surroundings.Time.GetElapsedTime(started) >= patience)
            {
                return new Outcome([.. latest.Values.OrderBy(found => found.Service.Host, StringComparer.Ordinal)], unsettled);
            }

            await Task.Delay(BetweenLooks, _surroundings.Time, cancellationToken);
        }
    }

    private static JsonObject ToJson(IReadOnlyList<ControlAnswer> answers, Outcome outcome) => new()
    {
        ["answered"] = answers.Count,
        ["services"] = new JsonArray([.. answers.Select(answer =>
        {
            var json = SteerCommands.ToJson(answer);
            if (outcome.Reports.FirstOrDefault(found => found.Service.Id == answer.Service.Id).Report is { } report)
            {
                json["settled"] = !outcome.Unsettled.Contains(answer.Service.Id);
                json["problems"] = new JsonArray([.. report.AllProblems().Select(problem => ControlAnswer.ToJson(problem))]);
            }

            return (JsonNode)json;
        })]),
    };

    /// <summary>What came of it.</summary>
    /// <param name="Reports">How the services are now.</param>
    /// <param name="Unsettled">The ids of those for whom it is not over.</param>
    private sealed record Outcome(IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> Reports, IReadOnlySet<string> Unsettled)
    {
        public static Outcome Unknown { get; } = new([], new HashSet<string>(StringComparer.Ordinal));
    }
}
