using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.EmbeddedBroker;

/// <summary><c>taskqueue broker delete-queue</c>: has the broker that runs on this host forget a queue that is empty.</summary>
internal sealed class DeleteQueueCommand
{
    private readonly Argument<string> _queue = new("QUEUE") { Description = "Its whole name." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public DeleteQueueCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "delete-queue",
            "Delete a queue of the embedded broker while it runs, if nothing is in it: services that need it declare it anew, with the arguments that their configuration asks for now. "
            + $"For the broker's own user and root. Exit with {ExitCodes.Failed} when there is no such queue, or something is in it.",
            "taskqueue broker delete-queue worker_resize.buried")
        {
            _queue.CompletedWithQueues(surroundings, connecting),
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var queue = parsed.GetRequiredValue(_queue);
        await RunningBroker.AskAsync(parsed, _connecting, _surroundings, "nothing was deleted", broker => broker.DeleteQueueAsync(queue, cancellationToken));
        return ExitCodes.Ok;
    }
}
