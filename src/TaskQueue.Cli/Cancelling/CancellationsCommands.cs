using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Cancelling;

/// <summary><c>taskqueue cancellations</c>: what is remembered of cancelled tasks.</summary>
internal static class CancellationsCommands
{
    public static Command Create(Surroundings surroundings, ConnectionFlags connecting) => new DescribedCommand(
        "cancellations",
        "Look at the remembered cancellations, and take them back.",
        "taskqueue cancellations list",
        "taskqueue cancellations undo 7f3a")
    {
        new ListCommand(surroundings, connecting).Command,
        new UndoCommand(surroundings, connecting).Command,
    };
}
