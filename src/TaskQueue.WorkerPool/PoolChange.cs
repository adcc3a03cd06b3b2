namespace TaskQueue.WorkerPool;

/// <summary>What is to change about what a pool runs.</summary>
internal abstract record PoolChange
{
    /// <summary>Run what the configuration and the plugin folder say, for the first time.</summary>
    public sealed record Start : PoolChange;

    /// <summary>Read both again, and run what they say now.</summary>
    public sealed record Reload : PoolChange;

    /// <summary>Run what could not run before and can run now: somebody created the user, or installed the plugin.</summary>
    public sealed record Mend : PoolChange;

    /// <summary>Run another number of workers of one section until the next reload, as if the configuration said so.</summary>
    /// <param name="WorkerType">A worker type that the pool serves.</param>
    /// <param name="Group">Its group, or <see langword="null"/> for the only one.</param>
    /// <param name="Workers">The number.</param>
    public sealed record Scale(string WorkerType, string? Group, int Workers) : PoolChange;
}

/// <summary>What came of a change.</summary>
/// <param name="Text">What there is to do, or why the change was not made, in a line.</param>
/// <param name="IsRefused">Whether it was not made; then all goes on as before.</param>
internal sealed record ChangeOutcome(string Text, bool IsRefused = false)
{
    public static ChangeOutcome Refused(string reason) => new(reason, IsRefused: true);
}
