namespace TaskQueue.Configuration.Tests;

/// <summary>Configurations that must not be accepted.</summary>
internal static class Refused
{
    public static IReadOnlyList<string> Problems(string text, params (string Name, string Value)[] environment) =>
        Assert.Throws<ConfigurationException>(() => Given.Parse(text, environment)).Problems;

    public static string Problem(string text, params (string Name, string Value)[] environment) =>
        Assert.Single(Problems(text, environment));
}

/// <summary>Configurations that must be accepted.</summary>
internal static class Given
{
    public static TaskQueueConfiguration Parse(string text, params (string Name, string Value)[] environment) =>
        TaskQueueConfiguration.Parse(text, "config.ini", environment.ToDictionary(variable => variable.Name, variable => variable.Value));

    /// <summary>The only group of a type.</summary>
    public static WorkerGroupOptions Only(this TaskQueueConfiguration configuration, string type) =>
        Assert.Single(configuration.ForType(type).Groups);
}
