namespace TaskQueue.Web.Notifications;

/// <summary>What a <see cref="SystemWatch"/> remembers, also over restarts.</summary>
internal sealed class WatchState
{
    /// <summary>Whether there was a look.</summary>
    public bool HasLooked { get; set; }

    /// <summary>How many messages were in each queue at the last look.</summary>
    public Dictionary<string, long> Queues { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The services that are known, by host and kind.</summary>
    public Dictionary<string, KnownService> Services { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The problems that were told, by what they are about.</summary>
    public Dictionary<string, KnownProblem> Problems { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>A service that has answered.</summary>
internal sealed class KnownService
{
    /// <summary>Since when it has not answered.</summary>
    public DateTimeOffset? MissingSince { get; set; }

    /// <summary>Whether that was told.</summary>
    public bool IsTold { get; set; }
}

/// <summary>A problem that was told.</summary>
internal sealed class KnownProblem
{
    /// <summary>In words.</summary>
    public string Text { get; set; } = "";

    /// <summary>The worker type that it is about.</summary>
    public string? WorkerType { get; set; }

    /// <summary>Since when it has not been there.</summary>
    public DateTimeOffset? AwaySince { get; set; }
}
