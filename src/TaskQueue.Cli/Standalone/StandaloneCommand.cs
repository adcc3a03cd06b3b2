using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Standalone;

/// <summary><c>taskqueue standalone</c>: becomes <c>taskqueue-standalone</c>.</summary>
internal sealed class StandaloneCommand
{
    private const string Program = "taskqueue-standalone";

    private readonly Option<string?> _plugins = new("--plugins", "-p")
    {
        Description = "The folder of plugins. Default: plugin_dir of the configuration; of a new one ./plugins.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _data = new("--data", "-d")
    {
        Description = "The folder of the broker's database, and of config.ini where none is named: that is written at the first start.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _web = new("--web", "-w")
    {
        Description = "Where it answers over HTTP, with pages for people, such as 127.0.0.1:8080: there whoever is on this host may do everything. Default: [web] listen.",
        HelpName = "ADDRESS",
    };

    private readonly Option<bool> _check = new("--check") { Description = "Print what would run, and end." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public StandaloneCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "standalone",
            "Run everything in one process: a broker with its messages on this host's disk, a dispatcher and a pool. Needs neither RabbitMQ nor root; Ctrl-C finishes what runs, and ends.",
            "taskqueue standalone --data ~/tasks --plugins ~/plugins",
            "taskqueue standalone --web 127.0.0.1:8080")
        {
            _plugins, _data, _web, _check,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult parsed)
    {
        var path = Path.Combine(AppContext.BaseDirectory, Program);
        if (!File.Exists(path))
        {
            throw new CommandFailedException(ExitCodes.Unavailable, $"{path} is missing: install {Program} beside this command, or start it where it is.");
        }

        var reason = _surroundings.Become(
            path,
            [.. Named("--plugins", parsed.GetValue(_plugins)), .. Named("--data", parsed.GetValue(_data)), .. Named("--web", parsed.GetValue(_web)), .. Named("--config", _connecting.NamedFile(parsed)), .. parsed.GetValue(_check) ? ["--check"] : (string[])[]]);
        throw new CommandFailedException(ExitCodes.Unavailable, $"{path} cannot be started: {reason}.");
    }

    private static string[] Named(string option, string? value) => value is null ? [] : [option, value];
}
