namespace TaskQueue.WorkerPool.Planning;

/// <summary>What a pool runs.</summary>
/// <param name="Types">The worker types it serves.</param>
/// <param name="Problems">What it does not run, and why: one line each.</param>
internal sealed record PoolPlan(IReadOnlyList<TypePlan> Types, IReadOnlyList<string> Problems);

/// <summary>What a pool runs for one worker type.</summary>
/// <param name="WorkerType">The worker type.</param>
/// <param name="Workers">One for each process.</param>
internal sealed record TypePlan(string WorkerType, IReadOnlyList<WorkerSpec> Workers);
