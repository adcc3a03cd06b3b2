using TaskQueue.Configuration;

namespace TaskQueue.Cli.Broker;

/// <summary>The configuration that the command works with.</summary>
/// <param name="Configuration">The settings.</param>
/// <param name="Origin">Where they come from, for error messages.</param>
internal sealed record Settings(TaskQueueConfiguration Configuration, string Origin)
{
    /// <summary>Whether there is no file, so that nobody has named the broker, unless by the environment.</summary>
    public bool AreDefaults { get; private init; }

    /// <summary>Reads the configuration. Only where nobody named a file may there be none. A command goes without what is wrong in what only
    /// services read, unless it would mislead then and asks for <see cref="TaskQueueConfiguration.RequireWhole"/>.</summary>
    /// <exception cref="ConfigurationException">The file is missing, or something that concerns the whole system is wrong.</exception>
    public static Settings Load(string? named, Surroundings surroundings, string defaultPath = ConfigurationPath.Default)
    {
        var path = named ?? (surroundings.Environment.GetValueOrDefault(ConfigurationPath.Variable) is { Length: > 0 } variable ? variable : defaultPath);
        if (path == defaultPath && named is null && !File.Exists(path))
        {
            return new Settings(
                TaskQueueConfiguration.ParseSystem("", "environment", surroundings.Environment),
                $"there is no {defaultPath}, so defaults and the environment are used; --config or {ConfigurationPath.Variable} names another file")
            {
                AreDefaults = true,
            };
        }

        return new Settings(TaskQueueConfiguration.LoadSystem(path, surroundings.Environment), $"as [amqp] in {path} says");
    }
}
