using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Results;

/// <summary><c>taskqueue results</c>: what workers have sent back.</summary>
internal static class ResultsCommands
{
    public static Command Create(Surroundings surroundings, ConnectionFlags connecting) =>
        new DescribedCommand("results", "Look at the results that nobody has taken yet.", "taskqueue results tail", "taskqueue results tail --follow")
        {
            new TailCommand(surroundings, connecting).Command,
        };
}
