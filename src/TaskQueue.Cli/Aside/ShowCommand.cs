using System.CommandLine;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary><c>show</c>: everything about messages.</summary>
internal sealed class ShowCommand
{
    private readonly Option<bool> _body = new("--body") { Description = "Write the body of the one with --id as it is, and nothing else." };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON for each." };

    private readonly AsideTarget _target;
    private readonly SelectionOptions _selecting;
    private readonly Surroundings _surroundings;

    public ShowCommand(AsideTarget target, Surroundings surroundings)
    {
        _target = target;
        _surroundings = surroundings;
        _selecting = new SelectionOptions(target.Texts, "Show them all.");
        Command = new DescribedCommand(
            "show", $"Show {target.Kind.Noun}s with all properties, headers, trace and body.", target.Texts.Examples("show"));
        target.AddTo(Command);
        _selecting.AddTo(Command, isRequired: true);
        Command.Add(_body);
        Command.Add(_json);
        Command.Validate(command =>
        {
            if (command.GetValue(_body) && (_selecting.IdsIn(command) != 1 || command.GetValue(_json)))
            {
                command.AddError("--body writes one body: expected one --id, and no --json.");
            }
        });
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (connector, queues) = _target.Read(parsed);
        var (body, json, shown) = (parsed.GetValue(_body), parsed.GetValue(_json), 0);
        await using var broker = await _target.ConnectAsync(connector, queues, cancellationToken);
        var look = _target.Looking.Read(parsed);
        var selection = await IdLookup.ResolveAsync(_selecting.Read(parsed), broker, queues, look, cancellationToken);
        foreach (var queue in queues.All)
        {
            await QueueWalk.WalkAsync(
                broker,
                queue.Name,
                look,
                async delivery =>
                {
                    if (selection.Messages.Takes(delivery.Properties) && (++shown == 1 || !body))
                    {
                        await WriteAsync(delivery, body, json, isFirst: shown == 1, namesQueue: queues.AreAll, cancellationToken);
                    }
                },
                () => Task.CompletedTask,
                cancellationToken);
        }

        return await Outcome.NotFoundAsync(selection, _target.Kind, queues, _surroundings, isQuiet: false);
    }

    private async Task WriteAsync(Delivery delivery, bool body, bool json, bool isFirst, bool namesQueue, CancellationToken cancellationToken)
    {
        if (body)
        {
            await using var output = _surroundings.OpenOutput();
            await output.WriteAsync(RawEnvelope.Open(delivery.Properties, delivery.Body)?.Body ?? delivery.Body, cancellationToken);
        }
        else if (json)
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(MessageJson.Of(delivery)));
        }
        else
        {
            await _surroundings.Out.WriteAsync((isFirst ? "" : "\n") + (namesQueue ? $"queue: {delivery.Queue}\n" : "") + MessageView.Of(delivery));
        }
    }
}
