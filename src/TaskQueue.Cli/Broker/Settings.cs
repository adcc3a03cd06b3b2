using TaskQueue.Configuration;

namespace TaskQueue.Cli.Broker;

/// <summary>The configuration that the command works with.</summary>
/// <param name="Configuration">The settings.</param>
/// <param name="Origin">Where they come from, for error messages.</param>
internal sealed record Settings(TaskQueueConfiguration Configuration, string Origin)
{
    /// <summary>Reads the configuration. Only where nobody named a file may there be none.</summary>
    /// <exception cref="ConfigurationException">The file is missing, or something in it is wrong.</exception>
    public static Settings Load(string? named, Surroundings surroundings, string defaultPath = ConfigurationPath.Default)
    {
        var path = named ?? (surroundings.Environment.GetValueOrDefault(ConfigurationPath.Variable) is { Length: > 0 } variable ? variable : defaultPath);
        if (path == defaultPath && named is null && !File.Exists(path))
        {
            return new Settings(
                TaskQueueConfiguration.Parse("", "environment", surroundings.Environment),
                $"there is no {defaultPath}, so defaults and the environment are used; --config names another file");
        }

        return new Settings(TaskQueueConfiguration.Load(path, surroundings.Environment), $"as [amqp] in {path} says");
    }
}
