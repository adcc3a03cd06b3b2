namespace TaskQueue.Messaging.Control;

/// <summary>What keeps a service from something that its configuration asks for, until a person mends it.</summary>
/// <param name="Effect">What it keeps it from: one of the constants of this class; a newer service may know others.</param>
/// <param name="Reason">What is wrong, in a line.</param>
public sealed record ServiceProblem(string Effect, string Reason)
{
    /// <summary>No worker of the section runs.</summary>
    public const string DoesNotStart = "does_not_start";

    /// <summary>Workers of the section end soon after each start.</summary>
    public const string Crashes = "crashes";

    /// <summary>Workers of the section go on with a plugin or settings that are not those of now.</summary>
    public const string NotReplaced = "not_replaced";

    /// <summary>The worker type takes no tasks, though workers may be ready.</summary>
    public const string TakesNoTasks = "takes_no_tasks";

    /// <summary>A plugin of the folder cannot be read.</summary>
    public const string PluginUnreadable = "plugin_unreadable";

    /// <summary>The configuration of the latest reload is not in force.</summary>
    public const string NotReloaded = "not_reloaded";

    /// <summary>The most of them that a report tells of.</summary>
    public const int Most = 50;

    /// <summary>The longest reason, in characters.</summary>
    public const int LongestReason = 400;

    /// <summary>The worker type that it is about.</summary>
    /// <value><see langword="null"/> when it is about the service.</value>
    public string? WorkerType { get; init; }

    /// <summary>The section of config.ini that it is about, where it is about one.</summary>
    public string? Section { get; init; }

    /// <summary>How many workers of the section it hits, where it hits some and not all.</summary>
    public int? Workers { get; init; }

    /// <summary>For people.</summary>
    /// <returns>Such as <c>poem does not start: lines = "0": expected a whole number from 1</c>.</returns>
    public override string ToString()
    {
        var who = Section ?? WorkerType ?? "the service";
        var some = Workers is { } count ? $" ({count} of its workers)" : "";
        return Effect switch
        {
            DoesNotStart => $"{who} does not start{some}: {Reason}",
            Crashes => $"{who} ends again and again{some}: {Reason}",
            NotReplaced => $"{who} goes on with its old plugin or settings{some}: {Reason}",
            TakesNoTasks => $"{who} takes no tasks: {Reason}",
            PluginUnreadable => $"a plugin cannot be read: {Reason}",
            NotReloaded => $"the latest reload was refused: {Reason}",
            _ => $"{who}: {Effect}: {Reason}",
        };
    }

    /// <summary>The problem with a reason of one line that is not too long.</summary>
    /// <returns>It, or a shorter one.</returns>
    public ServiceProblem Bounded() => ForeignText.Line(Reason, LongestReason) is var line && line == Reason ? this : this with { Reason = line };
}
