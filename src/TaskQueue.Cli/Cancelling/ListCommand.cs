using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Where;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Cancelling;

/// <summary><c>taskqueue cancellations list</c>: which tasks are not to be run, who wants that, since when and until when.</summary>
internal sealed class ListCommand
{
    private const int NameLength = 255;

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public ListCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "list",
            "List which tasks are not to be run should they show up, who wants that, since when and until when.",
            "taskqueue cancellations list",
            "taskqueue cancellations list --json | jq -r '.cancellations[].id'")
        {
            _json,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        var store = SearchFlags.StoreOf(connector, broker, _surroundings.Time);
        var cancellations = await Remembered.ReadAsync(store, _surroundings, cancellationToken);
        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["cancellations"] = new JsonArray([.. cancellations.Select(cancellation => (JsonNode)ToJson(cancellation))]),
            }));
        }
        else if (cancellations.Count > 0)
        {
            await Tables.WriteAsync(_surroundings, new Tables.Table(["Task", "By", "At", "Until"], [.. cancellations.Select(Row)]));
        }
        else
        {
            await _surroundings.Error.WriteLineAsync($"{store.Queue}: no cancellations are remembered");
        }

        return ExitCodes.Ok;
    }

    private static JsonObject ToJson(TaskCancellation cancellation) => new()
    {
        ["id"] = cancellation.Id,
        ["by"] = cancellation.By,
        ["at"] = cancellation.At?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["until"] = cancellation.Until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
    };

    private static Tables.Row Row(TaskCancellation cancellation) => new(
    [
        PlainText.Line(cancellation.Id, NameLength),
        PlainText.Line(cancellation.By, NameLength),
        cancellation.At is { } at ? Instants.Second(at) : "-",
        Instants.Second(cancellation.Until),
    ]);
}
