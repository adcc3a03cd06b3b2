using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary><c>taskqueue alive</c> and <c>workers</c>: who is there.</summary>
internal static class LookCommands
{
    private const int NameLength = 128, ProblemLength = 500;

    public static Command Alive(Surroundings surroundings, ConnectionFlags connecting)
    {
        var flags = new AskFlags(steers: false);
        var command = new DescribedCommand(
            "alive",
            $"Show the dispatchers and pools that answer. Exit with {ExitCodes.Failed} when none does.",
            "taskqueue alive",
            "taskqueue alive --expect 4 --timeout 5s            # as a check: exit code 75 when one of the four is missing",
            "taskqueue alive --json | jq -r '.services[].host'");
        flags.AddTo(command);
        var ask = new AskCommand(surroundings, connecting, flags);
        command.SetAction((parsed, cancellationToken) => ask.RunAsync(
            parsed,
            new ControlRequest(ControlCommands.Alive),
            answers => new JsonObject { ["services"] = new JsonArray([.. answers.Select(answer => Fleet.ToJson(answer.Service))]) },
            answers => new Tables.Table(
                ["Service", "Host", "Pid"],
                [.. answers.Select(answer => new Tables.Row([answer.Service.Kind, PlainText.Line(answer.Service.Host, NameLength), $"{answer.Service.Pid}"], Tables.Mood.Good))],
                2),
            _ => ExitCodes.Ok,
            cancellationToken));
        return command;
    }

    public static Command Workers(Surroundings surroundings, ConnectionFlags connecting)
    {
        var flags = new AskFlags(steers: false);
        var type = new Argument<string?>("TYPE") { Description = "The worker type. Default: all.", Arity = ArgumentArity.ZeroOrOne };
        var command = new DescribedCommand(
            "workers",
            "Show the worker processes of all pools: what they are doing, since when, whether their type is paused, and what keeps those from their work that do not start.",
            "taskqueue workers",
            "taskqueue workers resize --host web3",
            "taskqueue workers --json | jq -r '.workers[].problem // empty'")
        {
            type.CompletedWithTypes(surroundings, connecting),
        };
        flags.AddTo(command);
        var ask = new AskCommand(surroundings, connecting, flags);
        command.SetAction((parsed, cancellationToken) => ask.RunAsync(
            parsed,
            new ControlRequest(ControlCommands.Workers).With("type", parsed.GetValue(type)),
            answers => new JsonObject { ["workers"] = new JsonArray([.. All(answers).Select(ToJson)]) },
            answers => new Tables.Table(
                ["Worker", "Host", "Pid", "User", "State", "Up", "Running", "Waiting", "Ended", "Problem"],
                [.. All(answers).Select(found => Row(found.Host, found.Worker))],
                2, 5, 6, 7, 8)
            {
                Values = [10, 6, 8, 1, 9, 5, 7, 4, 2, 3],
                LongTexts = 9,
            },
            _ => ExitCodes.Ok,
            cancellationToken));
        return command;
    }

    private static IEnumerable<(string Host, WorkerReport Worker)> All(IEnumerable<ControlAnswer> answers) => answers
        .SelectMany(answer => (answer.ResultAs<List<WorkerReport>>() ?? []).Select(worker => (answer.Service.Host, Worker: worker)))
        .OrderBy(found => found.Worker.WorkerType, StringComparer.Ordinal).ThenBy(found => found.Host, StringComparer.Ordinal).ThenBy(found => found.Worker.Worker, StringComparer.Ordinal);

    private static JsonNode ToJson((string Host, WorkerReport Worker) found)
    {
        var json = ControlAnswer.ToJson(found.Worker)!.AsObject();
        json.Insert(0, "host", found.Host);
        return json;
    }

    private static Tables.Row Row(string host, WorkerReport worker) => new(
        [
            PlainText.Line(worker.Worker, NameLength), PlainText.Line(host, NameLength), worker.Pid?.ToString() ?? "-", PlainText.Line(worker.User, NameLength),
            $"{PlainText.Line(worker.State, NameLength)}{(worker.Paused ? ", paused" : "")}", worker.UptimeMilliseconds is { } up ? Ages.Text(up) : "-", $"{worker.Running}", $"{worker.Waiting}", $"{worker.Ended}",
            worker.Problem is { } problem ? PlainText.Line(problem, ProblemLength) : Tables.Nothing,
        ],
        worker.State switch
        {
            _ when worker.Problem is not null => Tables.Mood.Bad,
            "busy" => Tables.Mood.Good,
            "waiting" => Tables.Mood.Bad,
            "starting" or "ending" => Tables.Mood.Doubtful,
            _ when worker.Paused => Tables.Mood.Doubtful,
            _ => Tables.Mood.Plain,
        });
}
