using TaskQueue.Messaging;

namespace TaskQueue.Bench;

/// <summary>What was asked for on the command line.</summary>
internal sealed record BenchOptions
{
    public const int DefaultRuns = 5, DefaultBacklog = 1_000_000;
    public const double DefaultSeconds = 4;

    /// <summary>How often everything is measured.</summary>
    public int Runs { get; init; } = DefaultRuns;

    public IReadOnlyList<QueueType> QueueTypes { get; init; } = [QueueType.Quorum];

    /// <summary>How much is measured at a time.</summary>
    public Amount Amount { get; init; } = new(Messages: null, DefaultSeconds);

    /// <summary>The longest backlog of the scenarios that compare backlogs.</summary>
    public long Backlog { get; init; } = DefaultBacklog;

    /// <summary>A part of the names of the subjects to measure; all of them where it is empty.</summary>
    public string Only { get; init; } = "";

    /// <summary>Another installation, which everything of ours is measured with as well.</summary>
    public string? Before { get; init; }
}
