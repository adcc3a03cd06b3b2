using TaskQueue.Configuration;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Decides what becomes of a task that failed.</summary>
internal static class FailurePolicy
{
    // So that tasks that failed together do not all come back together.
    private const double Jitter = 0.1;

    /// <summary>Decides.</summary>
    /// <param name="options">The options of its worker.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="attempts">The runs that it has had, this one included.</param>
    /// <param name="chance">0 to 1: where in the jitter its delay lies.</param>
    /// <returns>The action, and the delay of a release.</returns>
    public static FailureDecision Decide(WorkerGroupOptions options, TaskFailure failure, int attempts, double chance) =>
        RuleOf(options, failure.Kind) switch
        {
            { Action: FailureAction.Release } when attempts < options.MaxAttempts =>
                new FailureDecision(FailureAction.Release, DelayOf(options, failure, attempts, chance)),
            { Action: FailureAction.Release } => new FailureDecision(FailureAction.Bury) { Rule = $"max_attempts = {options.MaxAttempts}" },
            { Action: FailureAction.Bury, Key: { } key } => new FailureDecision(FailureAction.Bury) { Rule = $"{key} = bury" },
            var (action, _) => new FailureDecision(action),
        };

    private static (FailureAction Action, string? Key) RuleOf(WorkerGroupOptions options, FailureKind kind) => kind switch
    {
        FailureKind.Permanent => (options.OnPermanentFail, "on_permanent_fail"),
        FailureKind.Temporary => (options.OnTemporaryFail, "on_temporary_fail"),
        FailureKind.Timeout => (options.OnTimeout, "on_timeout"),
        FailureKind.Crash => (options.OnCrash, "on_crash"),
        FailureKind.Expired or FailureKind.Cancelled => (FailureAction.Delete, null),
        _ => (options.OnUnknownFail, "on_unknown_fail"),
    };

    private static TimeSpan DelayOf(WorkerGroupOptions options, TaskFailure failure, int attempts, double chance)
    {
        if (failure.RetryAfter is { } asked)
        {
            // Exactly as the plugin wants it, as far as messages can be delayed; it comes from the worker, and may be anything.
            return asked < TimeSpan.Zero ? TimeSpan.Zero : asked < DelayQueues.Longest ? asked : DelayQueues.Longest;
        }

        // The first crash is mostly not the task's fault: a host ran out of memory, somebody killed a process. It costs no delay.
        var delays = failure.Kind == FailureKind.Crash ? attempts - 1 : attempts;
        if (delays <= 0)
        {
            return TimeSpan.Zero;
        }

        // Compared as numbers: the power overflows a duration long before it overflows them.
        var seconds = options.ReleaseDelay.TotalSeconds * Math.Pow(options.ReleaseBackoff, delays - 1);
        var bounded = Math.Min(seconds, options.ReleaseMaxDelay.TotalSeconds);
        return TimeSpan.FromSeconds(bounded * (1 - Jitter + (2 * Jitter * chance)));
    }
}

/// <summary>What becomes of a task.</summary>
/// <param name="Action">The action.</param>
/// <param name="Delay">The delay of a release.</param>
internal sealed record FailureDecision(FailureAction Action, TimeSpan Delay = default)
{
    /// <summary>The setting that has it buried, such as <c>on_temporary_fail = bury</c> or <c>max_attempts = 5</c>; of other actions nothing.</summary>
    public string? Rule { get; init; }
}
