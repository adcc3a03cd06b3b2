using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Configuring;

/// <summary><c>taskqueue config</c>: what is configured, and whether it can be.</summary>
internal static class ConfigCommands
{
    public static Command Create(Surroundings surroundings, ConnectionFlags connecting) => new DescribedCommand(
        "config",
        "Check the configuration, or show the settings that hold and who has set them.",
        "taskqueue config check --config new.ini",
        "taskqueue config show resize")
    {
        new CheckCommand(surroundings, connecting).Command,
        new ConfigShowCommand(surroundings, connecting).Command,
    };
}
