using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.EmbeddedBroker;

/// <summary><c>taskqueue broker backup</c>: has the broker that runs on this host copy its database.</summary>
internal sealed class BackupCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The copy. Not there yet; the broker's user must be able to write there." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public BackupCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "backup",
            "Copy all that the embedded broker keeps, while it runs: queues, bindings and persistent messages. All that was confirmed before this began is in the copy. "
            + "For the broker's own user and root. To restore it, stop the broker, put the copy in the place of messages.db, remove messages.db-wal and messages.db-shm, and start.",
            "taskqueue broker backup /backup/messages.db")
        {
            _file,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = Path.GetFullPath(parsed.GetRequiredValue(_file));
        await RunningBroker.AskAsync(
            parsed,
            _connecting,
            _surroundings,
            $"there is no backup {file}",
            broker => broker.BackUpAsync(file, cancellationToken),
            otherwise: "start it, or copy messages.db and messages.db-wal while none runs");
        return ExitCodes.Ok;
    }
}
