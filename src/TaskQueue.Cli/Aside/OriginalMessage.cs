using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>Messages without what setting them aside has added.</summary>
internal static class OriginalMessage
{
    /// <summary>What quorum queues count; a message that is published anew begins at 0.</summary>
    public const string DeliveryCount = "x-delivery-count";

    private const string AcquiredCount = "x-acquired-count";

    private static readonly string[] OfFailures =
    [
        HeaderNames.Reason, HeaderNames.Error, HeaderNames.ErrorType, HeaderNames.Trace, HeaderNames.Attempts, HeaderNames.FirstFailure,
        HeaderNames.LastFailure, HeaderNames.Host, HeaderNames.Worker, HeaderNames.Expiration, HeaderNames.Expires,
        HeaderNames.UnroutableSince, DeliveryCount, AcquiredCount,
    ];

    private static readonly string[] OfTheBroker = [DeliveryCount, AcquiredCount];

    /// <summary>As it was before it failed: nobody has tried it, nothing is known of errors, and its time to expire begins anew.</summary>
    public static MessageProperties WithoutFailure(MessageProperties properties) =>
        Without(properties, OfFailures) with { Expiration = properties.Expiration ?? properties.HeaderText(HeaderNames.Expiration) };

    /// <summary>As it was published to the queue where it waits.</summary>
    public static MessageProperties AsPublished(MessageProperties properties) => Without(properties, OfTheBroker);

    private static MessageProperties Without(MessageProperties properties, string[] names)
    {
        var headers = properties.Headers?.Where(header => !names.Contains(header.Key)).ToDictionary(StringComparer.Ordinal);
        return properties with { Headers = headers is { Count: > 0 } ? headers : null };
    }
}
