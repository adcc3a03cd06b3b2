using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary><c>taskqueue pause</c>, <c>resume</c>, <c>scale</c> and <c>log-level</c>.</summary>
internal static class SteerCommands
{
    private const int NameLength = 128, TextLength = 300;

    private static readonly string ExitCodeRule = $"Exit with {ExitCodes.Failed} when no service has done it, or one refuses.";

    private static readonly string[] LogLevels = ["trace", "debug", "info", "warning", "error", "critical"];

    public static Command Pause(Surroundings surroundings, ConnectionFlags connecting) => OfType(
        surroundings,
        connecting,
        ControlCommands.Pause,
        $"Have pools take no tasks of a worker type, until resume or their restart. What runs is finished, what waits stays in its queue. {ExitCodeRule}",
        "taskqueue pause resize",
        "taskqueue pause resize --host web3                 # the others go on");

    public static Command Resume(Surroundings surroundings, ConnectionFlags connecting) => OfType(
        surroundings, connecting, ControlCommands.Resume, $"Have pools take tasks of a worker type again. {ExitCodeRule}", "taskqueue resume resize");

    public static Command Scale(Surroundings surroundings, ConnectionFlags connecting)
    {
        var type = TypeArgument(surroundings, connecting);
        var workers = new Argument<int?>("N")
        {
            Arity = ArgumentArity.ExactlyOne,
            Description = $"How many workers each pool that serves the type runs, 0 to {ControlCommands.MostWorkers}.",
            CustomParser = argument => Numbers.Parse(argument, from: 0, ControlCommands.MostWorkers),
        };
        var group = new Option<string?>("--group") { Description = "The group that is meant, of a type that has several.", HelpName = "GROUP" };
        var command = new DescribedCommand(
            ControlCommands.Scale,
            $"Run another number of workers of a type on each pool, until its next reload or restart. {ExitCodeRule}",
            "taskqueue scale resize 8 --host web3",
            "taskqueue scale import 0 --group nightly")
        {
            type, workers, group,
        };
        return Steering(surroundings, connecting, command, parsed => new ControlRequest(ControlCommands.Scale)
            .With("type", parsed.GetValue(type)).With("workers", parsed.GetValue(workers)).With("group", parsed.GetValue(group)));
    }

    public static Command LogLevel(Surroundings surroundings, ConnectionFlags connecting)
    {
        var level = new Argument<string>("LEVEL") { Description = $"The least severe entries to log: {string.Join(", ", LogLevels)}." };
        level.MustBeOneOf(LogLevels);
        return Steering(
            surroundings,
            connecting,
            new DescribedCommand(
                "log-level",
                $"Have services log more or less, until their next reload or restart. {ExitCodeRule}",
                "taskqueue log-level debug --host web3",
                "taskqueue log-level info")
            {
                level,
            },
            parsed => new ControlRequest(ControlCommands.SetLogLevel).With("level", parsed.GetValue(level)));
    }

    private static DescribedCommand OfType(Surroundings surroundings, ConnectionFlags connecting, string name, string description, params string[] examples)
    {
        var type = TypeArgument(surroundings, connecting);
        return Steering(
            surroundings,
            connecting,
            new DescribedCommand(name, description, examples) { type },
            parsed => new ControlRequest(name).With("type", parsed.GetValue(type)));
    }

    private static Argument<string> TypeArgument(Surroundings surroundings, ConnectionFlags connecting) =>
        new Argument<string>("TYPE") { Description = "The worker type." }.CompletedWithTypes(surroundings, connecting);

    private static DescribedCommand Steering(
        Surroundings surroundings, ConnectionFlags connecting, DescribedCommand command, Func<ParseResult, ControlRequest> request)
    {
        var flags = new AskFlags(steers: true);
        flags.AddTo(command);
        var ask = new AskCommand(surroundings, connecting, flags);
        command.SetAction((parsed, cancellationToken) => ask.RunAsync(
            parsed,
            request(parsed).With("by", Fleet.Me),
            answers => new JsonObject { ["services"] = new JsonArray([.. answers.Select(answer => (JsonNode)ToJson(answer))]) },
            Table,
            answers => IsDone(answers) ? ExitCodes.Ok : ExitCodes.Failed,
            cancellationToken));
        return command;
    }

    /// <summary>What services have done, for people.</summary>
    internal static Tables.Table Table(IReadOnlyList<ControlAnswer> answers) =>
        new(["Service", "Host", "Pid", "Result"], [.. answers.Select(Row).OfType<Tables.Row>()], 2);

    /// <summary>Whether one has done it, and none refused.</summary>
    internal static bool IsDone(IReadOnlyList<ControlAnswer> answers) =>
        answers.Any(answer => Report(answer)?.Done == true) && answers.All(answer => answer.Error is null);

    /// <summary>What a service has done.</summary>
    internal static SteeringReport? Report(ControlAnswer answer) => answer.ResultAs<SteeringReport>();

    /// <summary>What a service has done, for programs.</summary>
    internal static JsonObject ToJson(ControlAnswer answer)
    {
        var json = Fleet.ToJson(answer.Service);
        json["done"] = Report(answer)?.Done ?? false;
        json["text"] = Report(answer)?.Text;
        json["error"] = answer.Error;
        return json;
    }

    /// <summary>What services have done, in a sentence for each.</summary>
    /// <param name="line">What such a command prints for programs; nothing where it failed.</param>
    internal static string Sentences(string line) => line.Length == 0 ? "" : string.Join('\n', JsonNode.Parse(line)!["services"]!.AsArray()
        .Where(service => service!["text"] is not null && IsNews((bool)service["done"]!, (string?)service["kind"]))
        .Select(service => $"{PlainText.Line((string?)service!["host"], NameLength)}: {PlainText.Line((string?)service["text"], TextLength)}"));

    // Dispatchers have no part in what concerns workers.
    private static bool IsNews(bool isDone, string? kind) => isDone || kind != "dispatcher";

    private static Tables.Row? Row(ControlAnswer answer) => Report(answer) is { Text: { } text } report && IsNews(report.Done, answer.Service.Kind)
        ? new Tables.Row(
            [answer.Service.Kind, PlainText.Line(answer.Service.Host, NameLength), $"{answer.Service.Pid}", PlainText.Line(text, TextLength)],
            report.Done ? Tables.Mood.Good : Tables.Mood.Asleep)
        : null;
}
