using System.Globalization;
using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>How often a task has been run, alike on every kind of queue and version of the broker.</summary>
/// <remarks>
/// Runs whose end this system saw are counted in the header <see cref="HeaderNames.Attempts"/> when the task is published
/// anew. Runs whose pool or connection died leave nothing but a redelivery: quorum queues count those
/// (<see href="https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling"/>), classic queues do not.
/// </remarks>
internal static class Attempts
{
    // A header of a publisher's invention must not overflow.
    private const int Most = 1_000_000_000;

    /// <summary>The runs that have ended without success.</summary>
    public static int Earlier(Delivery delivery) =>
        Recorded(delivery.Properties) + (delivery.Redelivered ? Number(delivery.Properties.HeaderText(HeaderNames.DeliveryCount)) : 0);

    /// <summary>Whether there was a run that no one has counted: the queue tells that there was an earlier delivery, and not how many.</summary>
    public static bool IsUncounted(Delivery delivery) =>
        delivery.Redelivered && delivery.Properties.HeaderText(HeaderNames.DeliveryCount) is null;

    /// <summary>The properties with which a task is published anew.</summary>
    /// <param name="properties">What it came with.</param>
    /// <param name="messageId">Its message id, which it may not have had.</param>
    /// <param name="attempts">The runs that have ended.</param>
    public static MessageProperties Record(MessageProperties properties, string messageId, int attempts) =>
        // The broker's own counts are in ours now; a copy of them would be counted again.
        (properties with { MessageId = messageId }).WithoutDeliveryCounts().WithHeaders(
            new KeyValuePair<string, object?>(HeaderNames.Attempts, attempts));

    private static int Recorded(MessageProperties properties) => Number(properties.HeaderText(HeaderNames.Attempts));

    private static int Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (int)Math.Min(number, Most) : 0;
}
