using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Aside;

/// <summary><c>taskqueue buried</c> and <c>taskqueue rejected</c>: what waits for a person, and what the person wants done with it.</summary>
internal static class AsideCommands
{
    /// <summary>The command with its commands.</summary>
    public static Command Create(AsideKind kind, Surroundings surroundings, ConnectionFlags connecting)
    {
        var target = new AsideTarget(kind, surroundings, connecting);
        return new DescribedCommand(kind.Name, kind.Description, kind.CommandExamples)
        {
            new ListCommand(target, surroundings).Command,
            new ShowCommand(target, surroundings).Command,
            RemovalCommand.Back(target, surroundings),
            RemovalCommand.Delete(target, surroundings),
        };
    }
}
