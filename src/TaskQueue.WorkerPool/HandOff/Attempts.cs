using System.Globalization;
using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>How often a task has been run, alike on every kind of queue and version of the broker.</summary>
/// <remarks>
/// An attempt is a run that began and did not succeed. One whose end this system saw is counted in the header <see cref="HeaderNames.Attempts"/>
/// when the task is published anew. A task that its pool did not settle leaves nothing but a redelivery, which says that it was delivered before, and not
/// whether it ever ran: the pool may have died while the task waited in it, the connection may have been lost, somebody may have looked into the queue. So:
/// <list type="number">
/// <item>A redelivery is a suspicion and counts for nothing. The task is published anew at once, with <see cref="HeaderNames.Suspect"/>.</item>
/// <item>A task with that mark is never held: it starts at once, or goes back for a moment.</item>
/// <item>So one that is redelivered with the mark ended together with its pool while it ran. That counts.</item>
/// </list>
/// The mark stays until the task is done, buried or kicked. So at most <c>max_attempts</c> and one runs of a task begin, whatever it does to its pools, and
/// the first that is lost with its pool never counts. The counts of the broker stay at one, far from any limit that a queue has.
/// </remarks>
internal static class Attempts
{
    // A header of a publisher's invention must not overflow.
    private const int Most = 1_000_000_000;

    /// <summary>The runs that count.</summary>
    public static int Recorded(MessageProperties properties) =>
        long.TryParse(properties.HeaderText(HeaderNames.Attempts), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (int)Math.Min(number, Most) : 0;

    /// <summary>Whether a task was redelivered before.</summary>
    public static bool IsMarked(MessageProperties properties) => properties.Headers?.ContainsKey(HeaderNames.Suspect) is true;

    /// <summary>A task as it came; one that somebody has moved out of the queue of buried ones, by whatever means, as it was before it failed.</summary>
    public static MessageProperties OfFirstRun(MessageProperties properties) =>
        properties.Headers?.ContainsKey(HeaderNames.LastFailure) is true ? OriginalMessage.WithoutFailure(properties) : properties;

    /// <summary>The properties with which a task is published anew.</summary>
    /// <param name="properties">What it came with.</param>
    /// <param name="messageId">Its message id, which it may not have had.</param>
    /// <param name="attempts">The runs that count.</param>
    public static MessageProperties Record(MessageProperties properties, string messageId, int attempts)
    {
        // The broker's own counts are of this queue's deliveries; in a copy of them they would be taken for the next queue's.
        var recorded = (properties with { MessageId = messageId }).WithoutDeliveryCounts();
        return attempts == 0 ? recorded : recorded.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Attempts, attempts));
    }

    /// <summary>The properties of a task that was redelivered.</summary>
    public static MessageProperties Mark(MessageProperties properties) =>
        IsMarked(properties) ? properties : properties.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Suspect, true));
}
