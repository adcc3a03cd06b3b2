using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Sending;

/// <summary><c>taskqueue send</c>: enqueues tasks, and waits for a result if asked to.</summary>
internal sealed class SendCommand
{
    private readonly Argument<string> _type = new("TYPE") { Description = "The worker type that shall do the task." };

    private readonly Argument<string?> _body = new("BODY")
    {
        Description = "The task: text or JSON, - for standard input, @FILE for a file. A JSON object is a Ruote workitem if it has an object \"fields\", " +
            "else it is the fields of one. Without a body the workitem has no fields.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _contentType = new("--content-type")
    {
        Description = "MIME type of the body. Default: application/json for JSON objects, text/plain for other text, application/octet-stream for other bytes.",
        HelpName = "TYPE",
    };

    private readonly Option<int> _count = new("--count", "-n")
    {
        Description = "Send the task so many times, and print how fast that went. Without --timeout the confirms may take any time.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = argument => Numbers.Parse(argument) ?? 1,
    };

    private readonly SendingOptions _options;
    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public SendCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        _options = new SendingOptions(surroundings.Time);
        Command = new DescribedCommand(
            "send",
            "Enqueue a task; print its message id, or with --wait its result.",
            "taskqueue send resize '{\"width\": 640}'              # fields of a new Ruote workitem",
            "taskqueue send echo hello --wait                     # waits, prints the result",
            "taskqueue send thumbnail @cat.png --content-type image/png",
            "generate | taskqueue send resize - --header tenant=7",
            "taskqueue send report daily --at 22:00")
        {
            _type.CompletedWithTypes(surroundings, connecting), _body, _contentType, _count,
        };
        _options.AddTo(Command);
        Command.Validate(command =>
        {
            if (command.GetValue(_type) is { } type && !WorkerTypeName.IsValid(type))
            {
                command.AddError($"TYPE \"{type}\": expected {WorkerTypeName.Rule}.");
            }
        });
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var wish = _options.Read(parsed) with { Count = parsed.GetValue(_count) };
        if (wish.Waits && wish.Count > 1)
        {
            throw new CommandFailedException(ExitCodes.Usage, "--wait waits for one result: it does not go with --count.");
        }

        var connector = _connecting.Read(parsed, _surroundings);
        var service = connector.Configuration.Service;
        var body = await BodySource.ReadAsync(parsed.GetValue(_body), _surroundings.OpenInput, cancellationToken);
        var task = new BodyInterpreter(new WorkItemFormats(service.WorkItemTypeMap, service.DefaultWorkItemType)).Interpret(
            parsed.GetRequiredValue(_type), body, _options.ReadMessage(parsed, parsed.GetValue(_contentType)));
        return await new TaskSender(_surroundings, connector, wish).SendAsync(task, cancellationToken);
    }
}
