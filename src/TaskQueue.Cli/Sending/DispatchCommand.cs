using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;
using TaskQueue.Client;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Sending;

/// <summary><c>taskqueue dispatch</c>: calls a function of <c>[routes]</c>, as <c>POST /dispatch</c> of the HTTP API does.</summary>
internal sealed class DispatchCommand
{
    private const string ContentType = "application/json";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly Argument<string> _function = new("FUNCTION") { Description = "The function; [routes] says which worker type serves it." };

    private readonly Argument<string[]> _args = new("ARG")
    {
        Description = "Its arguments. What is JSON is taken for it (5, true, null, [1, 2], {\"a\": 1}, \"5\"), anything else for a text.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _kwargs = new("--kwarg", "-k") { Description = "An argument by its name, JSON or a text as ARG is; may be given several times.", HelpName = "NAME=VALUE" };

    private readonly SendingOptions _options;
    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public DispatchCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        _options = new SendingOptions(surroundings.Time);
        Command = new DescribedCommand(
            "dispatch",
            "Call a function: enqueue a task for the worker type that [routes] has for it; print its message id, or with --wait its result.",
            "taskqueue dispatch app.tasks.resize cat.png 640",
            "taskqueue dispatch app.tasks.resize cat.png --kwarg width=640 --wait",
            "taskqueue dispatch app.tasks.report --at 22:00")
        {
            _function.CompletedWithFunctions(surroundings, connecting), _args, _kwargs,
        };
        _options.AddTo(Command);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        var function = parsed.GetRequiredValue(_function);
        var kwargs = new JsonObject();
        foreach (var (name, value) in NamedValues.Read(_kwargs.Name, parsed.GetValue(_kwargs)))
        {
            kwargs[name] = Read(value);
        }

        var args = new JsonArray([.. (parsed.GetValue(_args) ?? []).Select(Read)]);
        var task = new NewTask(TypeOf(function, connector.Configuration.Routes), FunctionBody.Write(function, args, kwargs), _options.ReadMessage(parsed, ContentType));
        return await new TaskSender(_surroundings, connector, _options.Read(parsed)).SendAsync(task, cancellationToken);
    }

    private static string TypeOf(string function, IReadOnlyDictionary<string, string> routes)
    {
        if (routes.TryGetValue(function, out var type))
        {
            return type;
        }

        var suggestion = Spelling.Nearest(function, routes.Keys, most: 2) is { } near ? $" Did you mean \"{near}\"?" : "";
        throw new CommandFailedException(
            ExitCodes.Usage,
            routes.Count == 0 ? $"FUNCTION \"{PlainText.Line(function, 128)}\": the configuration has no [routes], which say what worker type serves a function; expected a line there, as app.tasks.resize = resize."
            : $"FUNCTION \"{PlainText.Line(function, 128)}\": it is not in [routes], so nothing was called.{suggestion}");
    }

    private static JsonNode? Read(string argument)
    {
        try
        {
            return JsonNode.Parse(argument, documentOptions: Strict);
        }
        catch (JsonException)
        {
            return argument;
        }
    }
}
