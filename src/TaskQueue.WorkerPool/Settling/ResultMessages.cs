using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Makes the messages that a finished task sends.</summary>
internal static class ResultMessages
{
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
        var headers = ResultProperties.Headers(asked, task.Worker.WorkerType, failure?.Word ?? ResultProperties.Success, failure?.Error);
        if (task.Used is { } used)
        {
            headers[HeaderNames.CpuTime] = (long)used.Cpu.TotalMilliseconds;
            if (used.PeakBytes is { } peak)
            {
                headers[HeaderNames.PeakMemory] = peak;
            }
        }

        var messages = new List<OutgoingMessage>(parts.Count);
        for (var i = 0; i < parts.Count; i++)
        {
            // Of a failure, what names an impossible place goes to the usual one: there is nothing left to fail.
            if ((parts[i].RoutingKey is { } key ? destinations.Named(key, asked.ReplyTo) ?? usualPlace : usualPlace) is not { } queue)
            {
                continue;
            }

            var isPassedThrough = asked.ContentEncoding is not null && parts[i].Body.Span.SequenceEqual(task.Body.Span);
            messages.Add(new OutgoingMessage(
                queue, ResultProperties.Of(asked, task.MessageId, i + 1, parts[i].ContentType, isPassedThrough, headers, now), parts[i].Body));
        }

        return messages;
    }
}
