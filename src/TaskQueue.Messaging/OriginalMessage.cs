namespace TaskQueue.Messaging;

/// <summary>Messages without what setting them aside has added.</summary>
public static class OriginalMessage
{
    private static readonly string[] OfFailures =
    [
        HeaderNames.Reason, HeaderNames.Error, HeaderNames.ErrorType, HeaderNames.Trace, HeaderNames.Attempts, HeaderNames.Suspect, HeaderNames.FirstFailure,
        HeaderNames.LastFailure, HeaderNames.Host, HeaderNames.Worker, HeaderNames.Expiration, HeaderNames.Expires, HeaderNames.UnroutableSince, HeaderNames.UnroutableType, HeaderNames.BuriedBy,
    ];

    /// <summary>As it was before it failed: nobody has tried it, nothing is known of errors, and its time to expire begins anew.</summary>
    /// <param name="properties">As it was set aside.</param>
    /// <returns>A copy.</returns>
    public static MessageProperties WithoutFailure(MessageProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var headers = properties.WithoutDeliveryCounts().Headers?
            .Where(header => !OfFailures.Contains(header.Key))
            .ToDictionary(StringComparer.Ordinal);
        return properties with
        {
            Headers = headers is { Count: > 0 } ? headers : null,
            Expiration = properties.Expiration ?? properties.HeaderText(HeaderNames.Expiration),
        };
    }
}
