using System.CommandLine;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Broker;

/// <summary>The options that every command has: where the configuration is, and how long the broker may take.</summary>
internal sealed class ConnectionFlags
{
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly Option<string?> _config = new("--config", "-c")
    {
        Description = $"The configuration file; else the variable {ConfigurationPath.Variable}, else {ConfigurationPath.Default}.",
        HelpName = "FILE",
        Recursive = true,
    };

    private readonly Option<TimeSpan?> _connectTimeout = Durations.Option(
        "--connect-timeout", $"How long to try to reach the broker. Default {DefaultConnectTimeout.TotalSeconds}s.");

    public void AddTo(RootCommand root)
    {
        _connectTimeout.Recursive = true;
        root.Add(_config);
        root.Add(_connectTimeout);
    }

    /// <summary>What the command line says, and the configuration behind it.</summary>
    public Connector Read(ParseResult parsed, Surroundings surroundings) =>
        new(surroundings, ReadSettings(parsed, surroundings), Patience(parsed));

    /// <summary>The configuration file that the command line names itself.</summary>
    public string? NamedFile(ParseResult parsed) => parsed.GetValue(_config);

    /// <summary>How long to try to reach a broker.</summary>
    public TimeSpan Patience(ParseResult parsed) => parsed.GetValue(_connectTimeout) ?? DefaultConnectTimeout;

    /// <summary>The configuration that the command line names.</summary>
    /// <exception cref="Configuration.ConfigurationException">The file is missing, or something in it is wrong.</exception>
    public Settings ReadSettings(ParseResult parsed, Surroundings surroundings) => Settings.Load(NamedFile(parsed), surroundings);
}
