using System.Collections.ObjectModel;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Makes the messages that a finished task sends.</summary>
internal static class ResultMessages
{
    private const string Success = "success";

    /// <summary>The messages of a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="parts">The results.</param>
    /// <param name="failure">Why it failed, or <see langword="null"/> when it succeeded.</param>
    /// <param name="destinations">Where they may go.</param>
    /// <param name="now">The time of publishing.</param>
    /// <returns>One message for each result that has somewhere to go.</returns>
    public static IReadOnlyList<OutgoingMessage> Of(
        PoolTask task, IReadOnlyList<ResultPart> parts, TaskFailure? failure, Destinations destinations, DateTimeOffset now)
    {
        var asked = task.Properties;
        var usualPlace = destinations.Default(asked.ReplyTo);
        var headers = HeadersOf(task, failure);
        var messages = new List<OutgoingMessage>(parts.Count);
        for (var i = 0; i < parts.Count; i++)
        {
            // Of a failure, what names an impossible place goes to the usual one: there is nothing left to fail.
            if ((parts[i].RoutingKey is { } key ? destinations.Named(key, asked.ReplyTo) ?? usualPlace : usualPlace) is not { } queue)
            {
                continue;
            }

            messages.Add(new OutgoingMessage(
                queue,
                new MessageProperties
                {
                    ContentType = parts[i].ContentType,

                    // Of a body that was passed through; how any other is encoded nobody has said.
                    ContentEncoding = asked.ContentEncoding is { } encoding && parts[i].Body.Span.SequenceEqual(task.Body.Span) ? encoding : null,
                    CorrelationId = task.CorrelationId,
                    // Derived, so that the copies which a crash between publishing and acknowledging leaves are recognisable.
                    MessageId = MessageIds.OfResult(task.MessageId, i + 1),
                    Priority = asked.Priority,
                    Type = asked.Type,
                    AppId = asked.AppId,
                    Timestamp = now.ToUnixTimeSeconds(),
                    Headers = headers,
                },
                parts[i].Body));
        }

        return messages;
    }

    private static Dictionary<string, object?> HeadersOf(PoolTask task, TaskFailure? failure)
    {
        var asked = task.Properties.Headers ?? ReadOnlyDictionary<string, object?>.Empty;
        var headers = new Dictionary<string, object?>(asked.Count + 3, StringComparer.Ordinal);
        foreach (var (name, value) in asked)
        {
            if (IsPassedOn(name))
            {
                headers[name] = value;
            }
        }

        headers[HeaderNames.ResultOf] = task.Worker.WorkerType;
        headers[HeaderNames.Outcome] = failure?.Word ?? Success;
        if (failure is not null)
        {
            headers[HeaderNames.Error] = failure.Error;
        }

        return headers;
    }

    // What the broker or this system is told by a header holds for the task, not for its result.
    private static bool IsPassedOn(string header) =>
        header != HeaderNames.WorkerType && !HeaderNames.IsForBroker(header) && !header.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal);
}
