using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>How and why a task failed.</summary>
/// <param name="Kind">How.</param>
/// <param name="Error">What went wrong, in a line.</param>
internal sealed record TaskFailure(FailureKind Kind, string Error)
{
    /// <summary>The class of the error, when it was an exception.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The error with its stack, or the last output of a process that died; bounded.</summary>
    public string? Trace { get; init; }

    /// <summary>The delay that the plugin asked for.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The failure result that the worker made; without one, the pool makes it.</summary>
    public IReadOnlyList<ResultPart>? Results { get; init; }

    /// <summary>The word for the kind, in headers and the log.</summary>
    public string Word => Kind switch
    {
        FailureKind.Permanent => "permanent",
        FailureKind.Temporary => "temporary",
        FailureKind.Timeout => "timeout",
        FailureKind.Crash => "crash",
        FailureKind.Expired => "expired",
        FailureKind.Cancelled => "cancelled",
        _ => "unknown",
    };

    /// <summary>Somebody wanted it to end.</summary>
    public static TaskFailure Cancelled(string by) => new(FailureKind.Cancelled, $"cancelled by {by}");

    /// <summary>Nobody saw how its last run ended, and it has had as many as it may have.</summary>
    public static TaskFailure OfTooManyAttempts(PoolTask task, int attempts) => new(
        FailureKind.Crash,
        $"it has had {attempts} of at most {task.Worker.Options.MaxAttempts} attempts; the last one ended with its pool or with the connection to the broker");

    /// <summary>What the worker reported.</summary>
    public static TaskFailure Of(TaskEnd.Reported end)
    {
        var result = end.Result;
        var kind = end.TimedOut ? FailureKind.Timeout : KindOf(result.Outcome);
        var error = result.Error ?? "no reason given";
        return new TaskFailure(kind, end.TimedOut ? $"the task ran for longer than its timeout; then: {error}" : error)
        {
            ErrorType = result.ErrorType,
            Trace = result.Trace,
            RetryAfter = result.RetryAfter,
            Results = result.Results,
        };
    }

    /// <summary>A process that ended with the task.</summary>
    public static TaskFailure Of(PoolTask task, TaskEnd.Died end)
    {
        var process = $"worker {task.Worker.Name} (pid {task.Pid}) on {Environment.MachineName} {end.Exit.Summary}{(end.Exit.RuntimeError is { } error ? $": {error}" : "")}";
        var output = string.Join('\n', end.Exit.LastOutput);
        return new TaskFailure(
            end.TimedOut ? FailureKind.Timeout : FailureKind.Crash,
            end.TimedOut ? $"the task ran for longer than its timeout and did not end when told to; {process}" : process)
        {
            // The end of it tells more than its beginning.
            Trace = output.Length == 0 ? null : output.Length <= ResultFrame.MaxTraceLength ? output : output[^ResultFrame.MaxTraceLength..],
        };
    }

    private static FailureKind KindOf(TaskOutcome outcome) => outcome switch
    {
        TaskOutcome.PermanentFailure => FailureKind.Permanent,
        TaskOutcome.TemporaryFailure => FailureKind.Temporary,
        TaskOutcome.Crash or TaskOutcome.Unusable or TaskOutcome.NoRoom or TaskOutcome.NotFound => FailureKind.Crash,
        _ => FailureKind.Unknown,
    };
}

/// <summary>How a task failed.</summary>
internal enum FailureKind
{
    /// <summary>The plugin says that it can never succeed.</summary>
    Permanent,

    /// <summary>The plugin says that it may succeed later.</summary>
    Temporary,

    /// <summary>It ran for too long.</summary>
    Timeout,

    /// <summary>Its process died, or its pool.</summary>
    Crash,

    /// <summary>The plugin threw any other exception.</summary>
    Unknown,

    /// <summary>It was too late to start it.</summary>
    Expired,

    /// <summary>Somebody wanted it to end.</summary>
    Cancelled,
}
