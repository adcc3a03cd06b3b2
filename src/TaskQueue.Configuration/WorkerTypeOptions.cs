namespace TaskQueue.Configuration;

/// <summary>How a worker type runs: its section in config.ini, or the defaults where it has none.</summary>
public sealed record WorkerTypeOptions
{
    /// <summary>The worker type, which also names its queue.</summary>
    public required string Name { get; init; }

    /// <summary>The worker type whose plugin runs; <c>plugin</c>.</summary>
    /// <value>Default: <see cref="Name"/>.</value>
    public required string Plugin { get; init; }

    /// <summary>The command that runs in the place of a plugin; <c>command</c>.</summary>
    public WorkerCommand? Command { get; init; }

    /// <summary>Whether the configuration has a section for it.</summary>
    public bool HasSection { get; init; }

    /// <summary>Where its section begins, such as <c>config.ini:14</c>, or the variable that made it; without a section the file.</summary>
    public required string Location { get; init; }

    /// <summary>Its groups in the order of their names in <c>workers</c>; a single one without a name where there are none.</summary>
    public required IReadOnlyList<WorkerGroupOptions> Groups { get; init; }
}
