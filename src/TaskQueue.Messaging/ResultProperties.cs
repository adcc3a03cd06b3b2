using System.Collections.ObjectModel;

namespace TaskQueue.Messaging;

/// <summary>Makes the properties of results.</summary>
public static class ResultProperties
{
    /// <summary>How a task ended that was done: the value of <see cref="HeaderNames.Outcome"/>.</summary>
    public const string Success = "success";

    /// <summary>The headers of a task's results: those of the task, but for what told the broker and this system what to do with it, and how it ended.</summary>
    /// <param name="task">What the task came with.</param>
    /// <param name="workerType">Who did it; <see langword="null"/> when nobody did.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="error">What went wrong, in a line.</param>
    /// <returns>The headers, by their names.</returns>
    public static Dictionary<string, object?> Headers(MessageProperties task, string? workerType, string outcome, string? error)
    {
        ArgumentNullException.ThrowIfNull(task);
        var asked = task.Headers ?? ReadOnlyDictionary<string, object?>.Empty;
        var headers = new Dictionary<string, object?>(asked.Count + 3, StringComparer.Ordinal);
        foreach (var (name, value) in asked)
        {
            if (IsPassedOn(name))
            {
                headers[name] = value;
            }
        }

        headers[HeaderNames.Outcome] = outcome;
        if (workerType is not null)
        {
            headers[HeaderNames.ResultOf] = workerType;
        }

        if (error is not null)
        {
            headers[HeaderNames.Error] = error;
        }

        return headers;
    }

    /// <summary>The properties of one of a task's results.</summary>
    /// <param name="task">What the task came with.</param>
    /// <param name="taskId">The task's id.</param>
    /// <param name="number">Which of its results: 1 for the first.</param>
    /// <param name="contentType">The content type of the result's body.</param>
    /// <param name="isPassedThrough">Whether the body is the task's own; how any other is encoded nobody has said.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="now">The time of publishing.</param>
    /// <returns>The properties. The id is the same each time, so that the copies which a crash leaves are recognisable.</returns>
    public static MessageProperties Of(
        MessageProperties task, string taskId, int number, string? contentType, bool isPassedThrough, IReadOnlyDictionary<string, object?> headers, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new MessageProperties
        {
            ContentType = contentType,
            ContentEncoding = isPassedThrough ? task.ContentEncoding : null,
            CorrelationId = task.CorrelationId is { Length: > 0 } id ? id : taskId,
            MessageId = MessageIds.OfResult(taskId, number),
            Priority = task.Priority,
            Type = task.Type,
            AppId = task.AppId,
            Timestamp = now.ToUnixTimeSeconds(),
            Headers = headers,
        };
    }

    // What the broker or this system is told by a header holds for the task, not for its result.
    private static bool IsPassedOn(string header) =>
        header != HeaderNames.WorkerType && !HeaderNames.IsForBroker(header) && !header.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal);
}
