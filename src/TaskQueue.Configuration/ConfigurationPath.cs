namespace TaskQueue.Configuration;

/// <summary>Where the configuration is when no <c>--config</c> says, of services and commands alike.</summary>
public static class ConfigurationPath
{
    /// <summary>The file of an installation.</summary>
    public const string Default = "/etc/taskqueue/config.ini";

    /// <summary>The environment variable that names another file.</summary>
    public const string Variable = "TASKQUEUE_CONFIG";
}
