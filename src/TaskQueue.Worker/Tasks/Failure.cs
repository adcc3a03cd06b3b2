using System.Reflection;
using TaskQueue.Worker.Commands;
using TaskQueue.Worker.Output;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>What an exception of a plugin, or the end of a command, means for its task.</summary>
/// <param name="Outcome">The kind of failure.</param>
/// <param name="Error">What went wrong, in a line; it also travels in a message header.</param>
/// <param name="ErrorType">The class of the exception, or how a command ended.</param>
/// <param name="Trace">The exception with its stack, or the last output of a command.</param>
/// <param name="RetryAfter">The delay that the plugin asked for.</param>
internal sealed record Failure(TaskOutcome Outcome, string Error, string ErrorType, string? Trace, TimeSpan? RetryAfter)
{
    private const int MaxErrorLength = ResultFrame.MaxErrorLength, MaxTraceLength = ResultFrame.MaxTraceLength;

    /// <summary>Classifies an exception.</summary>
    /// <param name="exception">What the plugin threw.</param>
    /// <param name="cancelled">Whether the task's cancellation token had fired.</param>
    public static Failure Of(Exception exception, bool cancelled)
    {
        var cause = Unwrap(exception);
        switch (cause)
        {
            case RefusedTaskException refused:
                return Refused(refused.Message, refused.InnerException);
            case CommandFailedException command:
                return new Failure(
                    command.Outcome, Text.Line(command.Message, MaxErrorLength), command.Ending, Text.Tail(command.LastOutput, MaxTraceLength), RetryAfter: null);
        }

        var (outcome, error) = cause switch
        {
            PermanentFailureException => (TaskOutcome.PermanentFailure, MessageOf(cause)),
            TemporaryFailureException => (TaskOutcome.TemporaryFailure, MessageOf(cause)),
            OperationCanceledException when cancelled => (TaskOutcome.Cancelled, "the task was cancelled"),
            _ when IsOutOfMemory(exception) => (TaskOutcome.UnknownFailure, OutOfMemory()),
            _ => (TaskOutcome.UnknownFailure, Summary(cause)),
        };
        return new Failure(
            outcome, Text.Line(error, MaxErrorLength), TypeOf(cause), Describe(exception), (cause as TemporaryFailureException)?.RetryAfter);
    }

    /// <summary>A task that is refused before the plugin sees it.</summary>
    private static Failure Refused(string error, Exception? cause = null) => new(
        TaskOutcome.PermanentFailure,
        Text.Line(error, MaxErrorLength),
        cause is null ? typeof(PermanentFailureException).FullName! : TypeOf(cause),
        cause is null ? Text.Line(error, MaxErrorLength) : Describe(cause),
        RetryAfter: null);

    /// <summary>The class and message of an exception, in a line.</summary>
    public static string Summary(Exception exception)
    {
        var cause = Unwrap(exception);
        return $"{TypeOf(cause)}: {Text.Line(MessageOf(cause), MaxErrorLength)}";
    }

    /// <summary>The exception with its stack, bounded.</summary>
    public static string Describe(Exception exception) => Guard(exception.ToString, exception, MaxTraceLength);

    /// <summary>The exception with its stack, bounded; without others that only wrap it, and would tell the same once more.</summary>
    public static string Explain(Exception exception) => Describe(Unwrap(exception));

    /// <summary>Whether memory ran out, on whichever of the task's threads.</summary>
    public static bool IsOutOfMemory(Exception exception) =>
        exception is OutOfMemoryException
        || (exception is AggregateException aggregate
            ? aggregate.InnerExceptions.Any(IsOutOfMemory)
            : exception.InnerException is { } inner && IsOutOfMemory(inner));

    // task.Wait(), Parallel.ForEach, reflection and static constructors wrap what a plugin throws, and their own messages say nothing.
    private static Exception Unwrap(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        TypeInitializationException { InnerException: { } inner } => Unwrap(inner),
        _ => exception,
    };

    private static string OutOfMemory() =>
        $"the worker process ran out of memory: it may use {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes} bytes. Give this worker type a higher limit_memory, or it smaller tasks";

    private static string MessageOf(Exception exception) => Guard(() => exception.Message, exception, 2 * MaxErrorLength);

    private static string TypeOf(Exception exception) => Text.Bound(exception.GetType().FullName!, MaxErrorLength);

    // A plugin's exceptions are its own code, down to their Message.
    private static string Guard(Func<string?> text, Exception exception, int maxLength)
    {
        try
        {
            return text() is { Length: > 0 } found ? Text.Bound(found, maxLength) : TypeOf(exception);
        }
        catch (Exception)
        {
            // The exception's text is for people only; the failure itself must be reported all the same.
            return TypeOf(exception);
        }
    }
}
