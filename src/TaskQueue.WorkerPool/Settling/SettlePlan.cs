using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Decides how a task's settling goes on after each answer of the broker, so that it always ends.</summary>
/// <remarks>
/// A result that its queue does not take now goes there by way of the delay queues, and one that can never be published fails its task, or is left
/// out when the task has failed already. The task itself is neither put elsewhere nor left out: it waits, longer each time.
/// </remarks>
internal static class SettlePlan
{
    /// <summary>How often a result is tried that a person may mend, such as one for a queue that this user may not declare.</summary>
    public const int MostTries = 6;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>Decides.</summary>
    /// <param name="output">What was published.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="mayBeMended">Whether what was refused for good may be taken when somebody has done something about it.</param>
    public static SettleStep Next(TaskOutput output, PublishOutcome outcome, bool mayBeMended = false) => outcome switch
    {
        PublishOutcome.Confirmed => new SettleStep(SettleAction.Done),

        // With its connection: publishing waits for the next one by itself.
        PublishOutcome.Lost => new SettleStep(SettleAction.TryAgain),

        // Whoever asked has gone, and the queue with it.
        PublishOutcome.Returned when output is { IsAnswer: true, IsPutAside: false } => new SettleStep(SettleAction.Drop),
        PublishOutcome.Returned => new SettleStep(SettleAction.Declare, output.Failures <= 1 ? TimeSpan.Zero : BackOff(output.Failures - 1)),

        PublishOutcome.Refused when output is { IsResult: true, IsPutAside: false } => new SettleStep(SettleAction.PutAside, FirstDelay),
        PublishOutcome.Refused => new SettleStep(SettleAction.TryAgain, BackOff(output.Failures)),

        _ when mayBeMended && output is { IsResult: true, Failures: >= MostTries } => new SettleStep(SettleAction.GiveUp),
        _ when mayBeMended => new SettleStep(SettleAction.TryAgain, BackOff(output.Failures)),
        _ when output is { Kind: not OutputKind.Result, IsReduced: false } => new SettleStep(SettleAction.Reduce),
        _ when output.IsResult => new SettleStep(SettleAction.GiveUp),
        _ => new SettleStep(SettleAction.TryAgain, BackOff(output.Failures)),
    };

    /// <summary>How long to wait before something is tried again.</summary>
    /// <param name="failures">How often it has failed, from 1.</param>
    /// <returns>1 s, twice as long each time, up to a minute.</returns>
    public static TimeSpan BackOff(int failures) =>
        TimeSpan.FromSeconds(Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 30)), LongestDelay.TotalSeconds));
}

/// <summary>What to do next about a message that a task turns into.</summary>
/// <param name="Action">What.</param>
/// <param name="Delay">How long to wait before; of what is put aside, how long it stays away.</param>
internal readonly record struct SettleStep(SettleAction Action, TimeSpan Delay = default);

/// <summary>What to do next about a message that a task turns into.</summary>
internal enum SettleAction
{
    /// <summary>Nothing: the broker has it.</summary>
    Done,

    /// <summary>Publish it again.</summary>
    TryAgain,

    /// <summary>Declare its queue, and publish it again.</summary>
    Declare,

    /// <summary>Send it by way of the delay queues.</summary>
    PutAside,

    /// <summary>Leave out what can be spared, and publish it again.</summary>
    Reduce,

    /// <summary>Nothing: nobody waits for it.</summary>
    Drop,

    /// <summary>Nothing: it can never be published.</summary>
    GiveUp,
}
