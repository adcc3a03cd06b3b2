namespace TaskQueue.Configuration;

/// <summary>Configurations as text.</summary>
public static class ConfigurationText
{
    /// <summary>Writes the effective settings as a config.ini of the first dialect, secrets masked.</summary>
    /// <param name="configuration">The settings.</param>
    /// <returns>Text that can be parsed again.</returns>
    public static string Render(TaskQueueConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return "";
    }
}
