namespace TaskQueue.WorkerPool.HandOff;

/// <summary>How long tasks of a type take and how large they are, as far as this pool has seen lately.</summary>
/// <remarks>
/// One long task counts more than many short ones, for what waits here cannot be run by another host that is idle: the estimate follows a long one at
/// once and forgets it slowly. A worker that says that its tasks are shorter than they are only has more of its own held for it. Not thread-safe.
/// </remarks>
internal sealed class WorkEstimate
{
    // Less is chance.
    private const int FewestSeen = 8;

    // The weight of a task that is longer, or shorter, than the estimate.
    private const double Up = 0.3, Down = 0.02;

    // Nothing that is decided here differs between a day and more.
    private const double LongestSeconds = 86_400;

    private int _seen;

    /// <summary>Whether enough tasks were seen.</summary>
    public bool IsKnown => _seen >= FewestSeen;

    /// <summary>How long a task runs.</summary>
    public double Seconds { get; private set; }

    /// <summary>How large its body is.</summary>
    public double Bytes { get; private set; }

    /// <summary>Takes note of a task that has ended.</summary>
    /// <param name="duration">How long it ran.</param>
    /// <param name="bodyBytes">The length of its body.</param>
    public void Ran(TimeSpan duration, int bodyBytes)
    {
        var seconds = Bounded(duration);
        Seconds = _seen == 0 ? seconds : Seconds + ((seconds - Seconds) * (seconds > Seconds ? Up : Down));
        Bytes = _seen == 0 ? bodyBytes : Bytes + ((bodyBytes - Bytes) * (bodyBytes > Bytes ? Up : Down));
        _seen = Math.Min(_seen + 1, FewestSeen);
    }

    /// <summary>Takes note of a task that still runs.</summary>
    /// <param name="soFar">For how long already.</param>
    public void Runs(TimeSpan soFar) => Seconds = Math.Max(Seconds, Bounded(soFar));

    private static double Bounded(TimeSpan duration) => Math.Clamp(duration.TotalSeconds, 0, LongestSeconds);
}
