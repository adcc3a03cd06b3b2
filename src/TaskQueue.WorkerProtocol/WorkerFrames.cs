using Microsoft.Extensions.Logging;

namespace TaskQueue.WorkerProtocol;

/// <summary>Worker to pool: the plugin is loaded and started; tasks may come.</summary>
public sealed record ReadyFrame : Frame
{
    /// <summary>The sender's <see cref="Frame.ProtocolVersion"/>.</summary>
    public int Version { get; init; } = ProtocolVersion;
}

/// <summary>Worker to pool, before it exits and has been ready: the plugin cannot be loaded or does not start, or the command cannot be run.</summary>
/// <param name="Error">What is wrong and what would mend it.</param>
public sealed record UnusableFrame(string Error) : Frame
{
    /// <summary>The most characters of <see cref="Error"/>.</summary>
    public const int MaxErrorLength = 16 * 1024;
}

/// <summary>Worker to pool: it starts no more tasks, and exits when those that it runs have ended. Those that it has read and not started it gives back.</summary>
/// <param name="LastTaskId">The last task that it has read; those after it are not even looked at. 0 when there was none.</param>
public sealed record ClosingFrame(long LastTaskId) : Frame;

/// <summary>How a run of a task ended, as the worker process itself can tell.</summary>
public enum TaskOutcome : byte
{
    /// <summary>The handler returned.</summary>
    Success,

    /// <summary>It threw <see cref="PermanentFailureException"/>, or the work item was not one that it takes.</summary>
    PermanentFailure,

    /// <summary>It threw <see cref="TemporaryFailureException"/>.</summary>
    TemporaryFailure,

    /// <summary>It threw anything else.</summary>
    UnknownFailure,

    /// <summary>It ended because its cancellation token had fired.</summary>
    Cancelled,

    /// <summary>The process of its command was killed.</summary>
    Crash,

    /// <summary>The process can do no task, for want of something that a person has to mend or that another process may have: a program that can be executed, memory, descriptors.</summary>
    Unusable,

    /// <summary>The host has no room for what it needs, at the moment.</summary>
    NoRoom,

    /// <summary>Its command says that what it should start is not there. The host may lack it, or the task may be why: the pool judges.</summary>
    NotFound,

    /// <summary>It was given back without having been started.</summary>
    NotStarted,
}

/// <summary>Worker to pool: a task has ended.</summary>
public sealed record ResultFrame : Frame
{
    /// <summary>The most messages of one task.</summary>
    public const int MaxParts = 10_000;

    /// <summary>The most bytes of each of its texts; what is longer is no frame.</summary>
    public const int MaxTextBytes = 64 * 1024;

    /// <summary>The most characters of <see cref="Error"/> and <see cref="ErrorType"/>, and of <see cref="Trace"/>; what is longer is cut.</summary>
    public const int MaxErrorLength = 1000, MaxTraceLength = 16 * 1024;

    /// <summary>The task.</summary>
    public required long TaskId { get; init; }

    /// <summary>How it ended.</summary>
    public required TaskOutcome Outcome { get; init; }

    /// <summary>How long it ran, as the worker measured it: for people, nothing is decided by it.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The messages to publish: what the plugin reports, or the failed work item.</summary>
    public IReadOnlyList<ResultPart> Results { get; init; } = [];

    /// <summary>What went wrong, in a line.</summary>
    public string? Error { get; init; }

    /// <summary>The full name of the exception's class, or how a command ended.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The exception with its stack, or the last that a command wrote to standard error; bounded in length.</summary>
    public string? Trace { get; init; }

    /// <summary>The delay that <see cref="TemporaryFailureException"/> asked for.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>A message that a finished task sends.</summary>
/// <param name="RoutingKey">Where to, or <see langword="null"/> for the usual place.</param>
/// <param name="ContentType">Its content type.</param>
/// <param name="Body">Its body.</param>
public sealed record ResultPart(string? RoutingKey, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>The most bytes of a routing key or content type: those of AMQP's short strings,
    /// <see href="https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf">4.2.5.3</see>.</summary>
    public const int MaxTextBytes = 255;
}

/// <summary>Worker to pool: how far a task is.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Message">What is being done.</param>
public sealed record ProgressFrame(long TaskId, double Fraction, string? Message) : Frame;

/// <summary>Worker to pool: a line for the log.</summary>
/// <param name="TaskId">The task that wrote it, or 0.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Message">The line.</param>
public sealed record LogFrame(long TaskId, LogLevel Level, string Message) : Frame;
