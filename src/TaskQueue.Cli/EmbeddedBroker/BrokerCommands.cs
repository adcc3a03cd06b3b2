using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.EmbeddedBroker;

/// <summary><c>taskqueue broker</c>: the embedded broker of this host.</summary>
internal static class BrokerCommands
{
    public static Command Create(Surroundings surroundings, ConnectionFlags connecting) => new DescribedCommand(
        "broker",
        "The embedded broker of this host: its users, its queues, and copies of what it keeps.",
        "taskqueue broker user list",
        "taskqueue broker queues",
        "taskqueue broker backup /backup/messages.db")
    {
        BrokerUserCommands.Create(surroundings, connecting),
        new QueuesCommand(surroundings, connecting).Command,
        new DeleteQueueCommand(surroundings, connecting).Command,
        new BackupCommand(surroundings, connecting).Command,
    };
}
