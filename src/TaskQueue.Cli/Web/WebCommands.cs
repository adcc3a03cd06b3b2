using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Web;

/// <summary><c>taskqueue web</c>: what belongs to the HTTP API.</summary>
internal static class WebCommands
{
    /// <summary>The command with its commands.</summary>
    public static Command Create(Surroundings surroundings, ConnectionFlags connecting) => new DescribedCommand(
        "web", "What belongs to the HTTP API, taskqueue-web.", "taskqueue web token ci --role operator --types resize,echo")
    {
        new TokenCommand(surroundings, connecting).Command,
    };
}
