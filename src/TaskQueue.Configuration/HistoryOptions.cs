namespace TaskQueue.Configuration;

/// <summary>What is kept of tasks after their end; <c>[history]</c> in config.ini.</summary>
public sealed record HistoryOptions
{
    /// <summary>Whether this host's <c>taskqueue-web</c> keeps the history.</summary>
    /// <value>Default <see langword="true"/>. Of several instances on one broker one is to keep it.</value>
    public bool Enabled { get; init; } = true;

    /// <summary>How long tasks are kept.</summary>
    /// <value>1 min to 3660 d. Default 30 d.</value>
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How large the database becomes before the oldest tasks go, in bytes.</summary>
    /// <value>16M to 16T. Default 1G.</value>
    public long MaxSizeBytes { get; init; } = 1L * 1024 * 1024 * 1024;

    /// <summary>Of how many tasks a second a service of this host tells everything; of more it tells all failures and a share of the others.</summary>
    /// <value>0 to 1000000. Default 500.</value>
    public int Rate { get; init; } = 500;

    /// <summary>The folder of the database.</summary>
    /// <value>Default: that of <see cref="WebOptions.DataDir"/>. Not on a network file system.</value>
    public string? DataDir { get; init; }
}
