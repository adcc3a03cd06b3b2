using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Broker;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.EmbeddedBroker;

/// <summary><c>taskqueue broker queues</c>: all queues of the broker that runs on this host, whoever declared them.</summary>
internal sealed class QueuesCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public QueuesCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "queues",
            "List all queues of the embedded broker while it runs, whoever declared them: what waits, what somebody has in hand, and how many consumers there are. For the broker's own user and root.",
            "taskqueue broker queues",
            "taskqueue broker queues --json | jq '.queues[] | select(.consumers == 0 and .ready > 0)'")
        {
            _json,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<QueueInfo> queues = [];
        await RunningBroker.AskAsync(
            parsed, _connecting, _surroundings, "there is no list of queues", async broker => queues = await broker.ListQueuesAsync(cancellationToken));
        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["queues"] = new JsonArray([.. queues.Select(queue => new JsonObject
                {
                    ["queue"] = queue.Name,
                    ["type"] = queue.Type,
                    ["durable"] = queue.IsDurable,
                    ["ready"] = queue.Ready,
                    ["unacked"] = queue.Unacked,
                    ["consumers"] = queue.Consumers,
                })]),
            }));
            return ExitCodes.Ok;
        }

        await Tables.WriteAsync(_surroundings, new Tables.Table(
            ["Queue", "Type", "Durable", "Ready", "Unacked", "Consumers"],
            [.. queues.Select(queue => new Tables.Row(
                [queue.Name, queue.Type, queue.IsDurable ? "yes" : "no", $"{queue.Ready:N0}", $"{queue.Unacked:N0}", $"{queue.Consumers:N0}"]))],
            3, 4, 5)
        {
            Values = [6, 2, 1, 5, 4, 3],
        });
        return ExitCodes.Ok;
    }
}
