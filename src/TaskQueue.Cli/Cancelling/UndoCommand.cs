using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Ids;
using TaskQueue.Cli.Where;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Cancelling;

/// <summary><c>taskqueue cancellations undo</c>: tasks are to be run after all, should they show up.</summary>
internal sealed class UndoCommand
{
    private readonly Argument<string[]> _ids = new("ID")
    {
        Description = "The message ids of the tasks, or beginnings of them that are unique.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;
    private readonly AskFlags _flags = new(steers: true);

    public UndoCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "undo",
            "Forget cancellations: their tasks are run after all, should they show up. What was told to end, or was met by a pool already, is not run any more. "
                + $"Exit with {ExitCodes.Failed} when one is not remembered, or a service refuses.",
            "taskqueue cancellations undo 7f3a")
        {
            _ids,
        };
        _flags.AddTo(Command);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var asking = _flags.Read(parsed);
        var connector = _connecting.Read(parsed, _surroundings);
        await using var fleet = await Fleet.ConnectAsync(connector, _surroundings, cancellationToken);
        var store = SearchFlags.StoreOf(connector, fleet.Broker, _surroundings.Time);
        var wanted = new WantedIds(parsed.GetRequiredValue(_ids));
        foreach (var cancellation in await Remembered.ReadAsync(store, _surroundings, cancellationToken))
        {
            wanted.See(cancellation.Id);
        }

        wanted.ThrowIfAmbiguous();
        IReadOnlyList<string> ids = [.. wanted.Texts.Select(wanted.MeaningOf).OfType<string>().Distinct(StringComparer.Ordinal)];
        IReadOnlyList<TaskCancellation> undone = [];
        IReadOnlyList<ControlAnswer> answers = [];
        if (ids.Count > 0)
        {
            // Before the pools are told: one that starts in this moment must not read it any more.
            undone = await Remembered.ChangeAsync(stop => store.RemoveAsync(ids, stop), "that", _surroundings, cancellationToken);
            var request = new ControlRequest(ControlCommands.Uncancel)
                .With("ids", new JsonArray([.. ids.Select(id => (JsonNode)id)]))
                .With("by", Fleet.Me);
            answers = await fleet.AskAsync(request, asking, cancellationToken);
        }

        await ShowAsync(undone, wanted.Unknown, answers, asking.Json);
        return wanted.Unknown.Count > 0 || answers.Any(answer => answer.Error is not null) ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private async Task ShowAsync(
        IReadOnlyList<TaskCancellation> undone, IReadOnlyList<string> unknown, IReadOnlyList<ControlAnswer> answers, bool json)
    {
        if (json)
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["answered"] = answers.Count,
                ["undone"] = new JsonArray([.. undone.Select(cancellation => (JsonNode)cancellation.Id)]),
                ["not_found"] = new JsonArray([.. unknown.Select(text => (JsonNode)text)]),
            }));
        }
        else
        {
            foreach (var cancellation in undone)
            {
                await _surroundings.Out.WriteLineAsync(
                    $"{PlainText.Line(cancellation.Id, MessageIds.LongestBytes)}: is run should it show up; it was cancelled by {PlainText.Line(cancellation.By, MessageIds.LongestBytes)}");
            }
        }

        foreach (var text in unknown)
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {PlainText.Line(text, MessageIds.LongestBytes)}: no cancellation of such a task is remembered.");
        }

        await AskCommand.TellErrorsAsync(_surroundings, answers);
    }
}
