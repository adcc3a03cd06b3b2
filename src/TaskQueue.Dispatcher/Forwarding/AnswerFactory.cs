using TaskQueue.Dispatcher.Routing;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>Makes the failure results of messages that are set aside, so that nobody waits for ever.</summary>
/// <param name="formats">Put the failure into the body.</param>
/// <param name="queues">Names the queues.</param>
/// <param name="results">Where a result goes whose task names no <c>reply-to</c>; <see langword="null"/> for nowhere.</param>
internal sealed class AnswerFactory(WorkItemFormats formats, QueueNames queues, QueueDefinition? results)
{
    // As many answers may be on their way as there are deliveries, each with its body in memory: a longer one is left out.
    internal const int LongestBody = 64 * 1024;

    /// <summary>Whether a message wants its answer where none may go: in a queue of the system.</summary>
    public bool Refuses(MessageProperties properties) => properties.ReplyTo is { Length: > 0 } replyTo && queues.IsOfSystem(replyTo);

    /// <summary>The failure result of a message.</summary>
    /// <param name="forwarder">Who sends it.</param>
    /// <param name="forward">The message as it is set aside.</param>
    /// <param name="rejection">Why it is.</param>
    /// <param name="body">The message's body; it need not stay as it is.</param>
    /// <param name="now">The time of publishing.</param>
    /// <returns>The result, or <see langword="null"/> when it goes nowhere.</returns>
    public Answer? For(Forwarder forwarder, Forward forward, Rejection rejection, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var task = forward.Properties;
        var replyTo = task.ReplyTo is { Length: > 0 } named ? named : null;

        // A result that was put aside has no result of its own.
        var unasked = task.HeaderText(HeaderNames.Outcome) is null ? results : null;
        if (Refuses(task) || (replyTo ?? unasked?.Name) is not { } queue)
        {
            return null;
        }

        var headers = ResultProperties.Headers(task, workerType: null, rejection.Outcome, rejection.Reason);
        var isOmitted = body.Length > LongestBody;
        if (isOmitted)
        {
            headers[HeaderNames.BodyOmitted] = body.Length;
        }

        var failed = isOmitted ? default : Failed(task, body.ToArray(), rejection.Reason);
        var isPassedThrough = failed.Span.SequenceEqual(body);
        var properties = ResultProperties.Of(task, task.MessageId!, 1, task.ContentType, isPassedThrough, headers, now);
        return new Answer(forwarder, forward, new OutgoingMessage(queue, properties, failed), replyTo is null ? unasked : null);
    }

    private ReadOnlyMemory<byte> Failed(MessageProperties task, ReadOnlyMemory<byte> body, string reason)
    {
        try
        {
            return formats.WithFailure(body, task.ContentType, dispatchedByHeader: task.HeaderText(HeaderNames.WorkerType) is not null, reason, trace: null);
        }
        catch (Exception)
        {
            // The edge of a plugin's format, which may throw anything: that it failed is in the reason, which the headers have too.
            return body;
        }
    }
}
