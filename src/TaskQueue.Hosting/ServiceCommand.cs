using System.CommandLine;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Hosting;

/// <summary>The command line of a service: its options, and how its outcome becomes an exit code.</summary>
public sealed class ServiceCommand
{
    private static readonly Option<string> Config = new("--config", "-c")
    {
        Description = $"The configuration file; else the one that the variable {ConfigurationPath.Variable} names.",
        HelpName = "FILE",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ConfigurationPath.Variable) is { Length: > 0 } file ? file : ConfigurationPath.Default,
    };

    private readonly Option<bool> _check = new("--check")
    {
        Description = $"Check the configuration, print what would run, and exit with {ServiceExitCodes.Ok}, or {ServiceExitCodes.Config} when something is wrong.",
    };

    private readonly RootCommand _root;

    /// <summary>A service whose configuration is where <c>--config</c> says.</summary>
    /// <param name="description">What it does, for <c>--help</c>.</param>
    /// <param name="check">Prints what would run, below the settings, and tells whether all of it could.</param>
    /// <param name="run">Runs the service until it is asked to stop.</param>
    public ServiceCommand(
        string description, Func<TaskQueueConfiguration, TextWriter, bool> check, Func<ServiceContext, Task> run)
        : this(description, check, run, [Config], parsed => parsed.GetRequiredValue(Config))
    {
    }

    /// <summary>A service with options of its own that say what it is configured by.</summary>
    /// <param name="description">What it does, for <c>--help</c>.</param>
    /// <param name="check">Prints what would run, below the settings, and tells whether all of it could.</param>
    /// <param name="run">Runs the service until it is asked to stop.</param>
    /// <param name="options">The options, in the order of <c>--help</c>.</param>
    /// <param name="findConfig">Says by these options where the configuration is; throws <see cref="ConfigurationException"/> when it can be nowhere.</param>
    public ServiceCommand(
        string description,
        Func<TaskQueueConfiguration, TextWriter, bool> check,
        Func<ServiceContext, Task> run,
        IReadOnlyList<Option> options,
        Func<ParseResult, string> findConfig)
    {
        _root = new RootCommand(description);
        _root.Options.OfType<VersionOption>().Single().Action = new ServiceVersionAction(() => Parts());
        foreach (var option in options.Append(_check))
        {
            _root.Options.Add(option);
        }

        _root.SetAction((parsed, _) => parsed.GetValue(_check)
            ? Task.FromResult(Check(() => findConfig(parsed), check))
            : RunAsync(() => findConfig(parsed), run));
    }

    /// <summary>What <c>--version</c> tells besides the runtime, such as <c>SQLite 3.53.0</c>.</summary>
    public Func<IEnumerable<string>> Parts { get; init; } = () => [];

    /// <summary>Does what the command line asks.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>The exit code, one of <see cref="ServiceExitCodes"/>.</returns>
    public async Task<int> InvokeAsync(string[] args)
    {
        var parsed = _root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"{error.Message} Try --help.");
            }

            return ServiceExitCodes.Usage;
        }

        // Signals and failures are ours: the library would end the process, or exit with 1.
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    private static int Check(Func<string> findConfig, Func<TaskQueueConfiguration, TextWriter, bool> check)
    {
        try
        {
            var configuration = TaskQueueConfiguration.LoadOfService(findConfig());
            foreach (var warning in configuration.Warnings)
            {
                Console.Error.WriteLine($"Warning: {warning}");
            }

            Console.Out.WriteLine(ConfigurationText.Render(configuration));
            return check(configuration, Console.Out) ? ServiceExitCodes.Ok : ServiceExitCodes.Config;
        }
        catch (ConfigurationException e)
        {
            Console.Error.WriteLine(e.Message);
            return ServiceExitCodes.Config;
        }
    }

    private static async Task<int> RunAsync(Func<string> findConfig, Func<ServiceContext, Task> run)
    {
        TaskQueueConfiguration configuration;
        try
        {
            configuration = TaskQueueConfiguration.LoadOfService(findConfig());
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ServiceExitCodes.Config;
        }

        using var level = new LogLevelSwitch(configuration.Service.LogLevel);
        using var logging = ServiceLogging.Create(configuration.Service, level);
        using var signals = new ServiceSignals();
        using var relief = new MemoryRelief(TimeProvider.System);
        var logger = logging.CreateLogger("TaskQueue");

        var latest = configuration;
        TaskQueueConfiguration Reload()
        {
            var changed = latest = latest.Reload();
            logger.ConfigurationWarnings(changed);
            if (changed.Http != configuration.Http || changed.Telemetry != configuration.Telemetry)
            {
                logger.MonitoringChangeNeedsRestart();
            }

            level.Set(changed.Service.LogLevel);
            return changed;
        }

        logger.ConfigurationWarnings(configuration);
        try
        {
            await run(new ServiceContext(configuration, Reload, signals, logging, level));
            return ServiceExitCodes.Ok;
        }
        catch (OperationCanceledException) when (signals.StopTaking.IsCancellationRequested)
        {
            // Asked to stop before it had begun: still waiting for a broker.
            return ServiceExitCodes.Ok;
        }
        catch (BrokerRefusedException e)
        {
            logger.BrokerRefused(e.Message);
            return ServiceExitCodes.Unavailable;
        }
        catch (ConfigurationException e)
        {
            logger.ConfigurationWrong(e.Message);
            return ServiceExitCodes.Config;
        }
        catch (Exception e)
        {
            // The edge of the process: whatever it was, it is logged, and systemd starts us again.
            logger.Failed(e);
            return ServiceExitCodes.Software;
        }
    }
}
