using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Aside;

/// <summary><c>taskqueue buried</c>, <c>rejected</c> and <c>unroutable</c>: what waits for a person, and what the person wants done with it.</summary>
internal static class AsideCommands
{
    /// <summary>The command with its commands.</summary>
    public static Command Create(AsideTexts texts, Surroundings surroundings, ConnectionFlags connecting)
    {
        var target = new AsideTarget(texts, surroundings, connecting);
        var list = new ListCommand(target, surroundings);
        var command = new DescribedCommand(texts.Kind.Name, texts.Description, texts.CommandExamples)
        {
            list.Command,
            new ShowCommand(target, surroundings).Command,
            RemovalCommand.Back(target, surroundings),
            RemovalCommand.Delete(target, surroundings),
        };

        // Without any of them it lists.
        command.SetAction(list.RunAsync);
        list.AddOptionsTo(command);
        return command;
    }
}
