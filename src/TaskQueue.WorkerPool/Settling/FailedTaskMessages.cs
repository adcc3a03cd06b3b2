using System.Globalization;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Makes the messages that a task which was not done goes on as.</summary>
internal static class FailedTaskMessages
{
    // As long as a header may become before brokers and clients, whose frames are limited, would rather not have it.
    private const int MaxHeaderLength = 16 * 1024;

    /// <summary>The task for another attempt.</summary>
    /// <param name="task">The task.</param>
    /// <param name="attempts">The runs that have ended.</param>
    /// <param name="now">When the last one did.</param>
    public static OutgoingMessage Again(PoolTask task, int attempts, DateTimeOffset now)
    {
        var properties = Attempts.Record(task.Properties, task.MessageId, attempts);
        if (attempts > 0)
        {
            properties = properties.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.FirstFailure, FirstFailure(task, now)));
        }

        return new OutgoingMessage(task.Queue, properties, task.Body);
    }

    /// <summary>The task as it is set aside.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">Why.</param>
    /// <param name="attempts">The runs that have ended.</param>
    /// <param name="rule">The setting that has it buried.</param>
    /// <param name="queue">Where to.</param>
    /// <param name="now">When the last one did.</param>
    public static OutgoingMessage Buried(PoolTask task, TaskFailure failure, int attempts, string? rule, string queue, DateTimeOffset now)
    {
        var trace = failure.Trace is { Length: > MaxHeaderLength } tooLong ? tooLong[..MaxHeaderLength] : failure.Trace;
        KeyValuePair<string, object?>[] known =
        [
            new(HeaderNames.Reason, failure.Word),
            new(HeaderNames.Error, failure.Error),
            new(HeaderNames.BuriedBy, rule),
            new(HeaderNames.FirstFailure, FirstFailure(task, now)),
            new(HeaderNames.LastFailure, Text(now)),
            new(HeaderNames.Host, Environment.MachineName),
            new(HeaderNames.Worker, task.Worker.Name),
            new(HeaderNames.ErrorType, failure.ErrorType),
            new(HeaderNames.Trace, trace),
            new(HeaderNames.Expiration, task.Properties.Expiration),
        ];
        var properties = Attempts.Record(task.Properties, task.MessageId, attempts).WithHeaders([.. known.Where(header => header.Value is not null)]);
        return new OutgoingMessage(queue, properties with { Expiration = null, Persistent = true }, task.Body);
    }

    private static string FirstFailure(PoolTask task, DateTimeOffset now) =>
        task.Properties.HeaderText(HeaderNames.FirstFailure) ?? Text(now);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
