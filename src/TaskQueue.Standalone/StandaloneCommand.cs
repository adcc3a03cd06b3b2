using System.CommandLine;
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

    private readonly Option<bool> _check = new("--check")
    {
        Description = $"Check the configuration, print what would run, and exit with {ExitCodes.Ok}, or {ExitCodes.Config} when something is wrong.",
    };

    private readonly RootCommand _root;

    public StandaloneCommand()
    {
        _root = new RootCommand("Runs everything in one process: a broker with its messages on this host's disk, a dispatcher, and a pool. Needs neither RabbitMQ nor root.")
        {
            _plugins, _config, _data, _check,
        };
        _root.SetAction((parsed, _) => RunAsync(parsed));
    }

    public async Task<int> InvokeAsync(string[] args)
    {
        var parsed = _root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"{error.Message} Try --help.");
            }

            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var (plugins, data) = (FullPath(parsed.GetValue(_plugins)), FullPath(parsed.GetValue(_data)));
        string config;
        try
        {
            config = parsed.GetValue(_config) ?? FirstConfiguration.Ensure(data ?? DataFolder.Default, plugins ?? Path.GetFullPath("plugins"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"There is no --config, and none can be written: {e.Message}");
            return ExitCodes.Config;
        }

        // Named on the command line they win over the file, at each reload too.
        Override("TASKQUEUE__TASKQUEUE__PLUGIN_DIR", plugins);
        Override("TASKQUEUE__BROKER__DATA_DIR", data);
        string[] arguments = parsed.GetValue(_check) ? ["--config", config, "--check"] : ["--config", config];
        return await new ServiceCommand(_root.Description!, WholeSystem.PrintPlan, WholeSystem.RunAsync).InvokeAsync(arguments);
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
