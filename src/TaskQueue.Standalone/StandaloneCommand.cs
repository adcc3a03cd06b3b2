using System.CommandLine;
using Microsoft.Extensions.Logging;
using TaskQueue.BrokerService;
using TaskQueue.Hosting;

namespace TaskQueue.Standalone;

/// <summary>The command line of <c>taskqueue-standalone</c>.</summary>
internal sealed class StandaloneCommand
{
    private readonly Option<string?> _plugins = new("--plugins", "-p")
    {
        Description = "The folder of plugins. Default: plugin_dir of the configuration; of a new one ./plugins.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _config = new("--config", "-c")
    {
        Description = "The configuration file. Default: config.ini in the data folder, which is written at the first start.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _data = new("--data", "-d")
    {
        Description = $"The folder of the broker's database. Default: data_dir of the configuration; of a new one {DataFolder.Default}.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _web = new("--web", "-w")
    {
        Description = "Where it answers over HTTP, with pages for people, such as 127.0.0.1:8080: there whoever is on this host may do everything. Default: [web] listen.",
        HelpName = "ADDRESS",
    };

    private readonly ServiceCommand _command;
    private string _file = "";

    public StandaloneCommand() => _command = new ServiceCommand(
        "Runs everything in one process: a broker with its messages on this host's disk, a dispatcher, and a pool. Needs neither RabbitMQ nor root.",
        WholeSystem.PrintPlan,
        RunAsync,
        [_plugins, _config, _data, _web],
        FindConfig)
    {
        Parts = () => [EmbeddedBroker.Store],
    };

    public Task<int> InvokeAsync(string[] args) => _command.InvokeAsync(args);

    private string FindConfig(ParseResult parsed)
    {
        var (plugins, data) = (FullPath(parsed.GetValue(_plugins)), FullPath(parsed.GetValue(_data)));

        // Named on the command line they win over the file, at each reload too.
        Override("TASKQUEUE__TASKQUEUE__PLUGIN_DIR", plugins);
        Override("TASKQUEUE__BROKER__DATA_DIR", data);
        Override("TASKQUEUE__WEB__LISTEN", parsed.GetValue(_web));
        return _file = parsed.GetValue(_config) ?? FirstConfiguration.Ensure(data ?? DataFolder.Default, plugins ?? Path.GetFullPath("plugins"));
    }

    private Task RunAsync(ServiceContext context)
    {
        context.Logging.CreateLogger<StandaloneCommand>().HowToReachIt(Path.GetFullPath(_file));
        return WholeSystem.RunAsync(context);
    }

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    private static void Override(string variable, string? value)
    {
        if (value is not null)
        {
            Environment.SetEnvironmentVariable(variable, value);
        }
    }
}
