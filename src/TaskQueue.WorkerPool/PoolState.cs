using System.Collections.ObjectModel;
using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool;

/// <summary>What a pool is meant to run, and by what. Immutable: a change makes another one, or fails and leaves this one in force.</summary>
/// <param name="Configuration">The configuration.</param>
internal sealed record PoolState(TaskQueueConfiguration Configuration)
{
    /// <summary>How many workers a section has by somebody's order instead of the configuration's.</summary>
    public IReadOnlyDictionary<string, int> Scales { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>The plan; empty until the first one is made.</summary>
    public PoolPlan Plan { get; init; } = new([], []);

    /// <summary>Whether a plan was made at all.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>Whether something that is configured cannot run, and may later.</summary>
    public bool NeedsMending => !IsPlanned || !Plan.IsComplete;
}
